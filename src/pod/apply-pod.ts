import { randomUUID } from 'node:crypto';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import { abortPulls } from './end-pull.js';
import type { ApplyResult } from './engine-api.js';
import type { LoadedPod } from './manifest/load-pod.js';
import type { PodState } from './pod-state.js';
import type { PodRecord } from './record.js';
import { specHash } from './spec-hash.js';
import { timestamp } from './timestamp.js';
import { updatePod } from './update.js';

/** The record of a pod that is accepted `now`, milliseconds since the epoch. */
export function buildRecord({ pod, pullPolicyStated }: LoadedPod, now: number): PodRecord {
  const uid = randomUUID();
  const metadata = { namespace: 'default', ...pod.metadata, uid, creationTimestamp: timestamp(now) };
  return {
    uid,
    pod: { ...pod, metadata },
    pullPolicyStated: [...pullPolicyStated],
    startTime: now,
    containers: {},
    resourceVersion: 0,
  };
}

/** What applying would do to a pod there is. Throws PEAPOD_CONFLICT when it cannot be done. */
export function planUpdate(state: PodState, { pod }: LoadedPod): Pod | undefined {
  const { metadata } = state.pod;
  if (state.record.deletion !== undefined) {
    throw new PeapodError('PEAPOD_CONFLICT', `Cannot apply pod "${metadata?.name}": it is being deleted`, {
      hint: 'Wait until it is gone, for example with `peapod wait --for=delete`',
    });
  }
  if (metadata?.namespace !== pod.metadata?.namespace) {
    const message = `The name "${metadata?.name}" is taken by a pod of namespace ${metadata?.namespace}`;
    throw new PeapodError('PEAPOD_CONFLICT', message, { hint: 'Names are unique over all namespaces here' });
  }
  return updatePod(state.pod, pod);
}

/** Gives a pod its new manifest; the disk has it when this resolves. */
export async function changePod(state: PodState, changed: Pod, loaded: LoadedPod): Promise<void> {
  const before = state.record;
  const { status } = before.pod;
  state.record = {
    ...before,
    pod: { ...changed, ...(status && { status }) },
    pullPolicyStated: [...loaded.pullPolicyStated],
  };
  try {
    await state.save();
  } catch (error) {
    state.record = before;
    throw error;
  }
  forgetSolvedProblems(state, before.pod);
}

export function resultOf(pod: Pod, action: ApplyResult['action'], warnings: readonly string[]): ApplyResult {
  const { name = '', uid = '' } = pod.metadata ?? {};
  return { kind: 'Pod', name, uid, action, warnings };
}

/** A container whose spec changed is tried at once, whatever stood in the way of the old one or is on its way for it. */
function forgetSolvedProblems(state: PodState, before: Pod): void {
  const hashes = containerHashes(before);
  for (const [name, hash] of containerHashes(state.pod)) {
    if (hashes.get(name) === hash) continue;
    state.problems.delete(name);
    abortPulls(state, [name]);
  }
}

function containerHashes({ spec }: Pod): Map<string, string> {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return new Map(containers.map((container) => [container.name, specHash(container)]));
}
