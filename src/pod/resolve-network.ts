import type { Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import type { PodNetwork } from '../kernel/namespaces.js';
import { type NetworkChoice, networkChoiceOf } from './network-choice.js';
import { specOf } from './pod-containers.js';
import type { PodState } from './pod-state.js';
import { isAlive } from './runs.js';
import type { SandboxHandle } from './runtime.js';

/** Finds another pod of this engine by its name. */
export type FindPod = (name: string) => PodState | undefined;

/**
 * The network of a pod that is about to get a sandbox. Throws PEAPOD_NETWORK_UNAVAILABLE while the pod or container that
 * it is to share one with does not run.
 */
export function resolveNetwork(pod: Pod, findPod: FindPod): PodNetwork {
  if (specOf(pod).hostNetwork === true) return 'host';
  const choice = networkChoiceOf(pod);
  if (choice === undefined) return 'pod';
  if (choice.kind === 'none') return 'none';
  return choice.kind === 'namespace' ? { path: choice.path } : joinPod(choice, findPod(choice.pod));
}

function joinPod(choice: NetworkChoice & { kind: 'pod' }, state: PodState | undefined): PodNetwork {
  if (state === undefined) throw unavailable(choice.pod, 'there is no such pod');
  const { pid, startTime, bootId, spec } = livingSandbox(choice.pod, state).record;
  if (spec.network === 'host') throw unavailable(choice.pod, "it uses the host's");
  if (choice.container !== undefined) checkContainer(choice.pod, state, choice.container);
  return { path: `/proc/${pid}/ns/net`, owner: { pid, startTime, bootId } };
}

function livingSandbox(pod: string, { sandbox }: PodState): SandboxHandle {
  if (sandbox?.handle === undefined || !sandbox.isAlive) throw unavailable(pod, 'it does not run');
  return sandbox.handle;
}

function checkContainer(pod: string, state: PodState, wanted: string | true): void {
  const name = wanted === true ? specOf(state.pod).containers[0]?.name : wanted;
  if (name !== undefined && state.handles.has(name) && isAlive(state.container(name).current)) return;
  throw unavailable(pod, `its container "${name}" does not run`);
}

function unavailable(pod: string, why: string): PeapodError {
  return new PeapodError('PEAPOD_NETWORK_UNAVAILABLE', `Cannot join the network of pod "${pod}": ${why}`, {
    details: { pod },
  });
}
