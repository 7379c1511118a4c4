import { hasCode, type PeapodError } from '../errors.js';
import { buildSandboxSpec } from './build-sandbox.js';
import { writeEtcFiles } from './etc-files.js';
import { type EventReason, podEvent } from './events.js';
import { nodenameOf } from './hostname.js';
import type { PodState } from './pod-state.js';
import { claimedPorts, portsOf } from './published-ports.js';
import { resolveNetwork } from './resolve-network.js';
import type { SandboxHandle } from './runtime.js';
import { nextProblem } from './start-problem.js';
import { isForbiddenSysctl, refuseForbiddenSysctls } from './sysctls.js';
import { prepareVolumes } from './volumes.js';

/**
 * Makes a pod's volumes, its sandbox and its files, once its ports are free. A failure is left in `sandboxProblem` and
 * told as an event.
 */
export async function createSandbox(state: PodState, attempt: number): Promise<void> {
  const createdAt = state.now();
  // Intent first: should we die now, the next engine knows that there may be a sandbox.
  state.sandbox = { attempt, createdAt, isAlive: false };
  await state.saveFacts();
  try {
    state.parts.ports.set(state.holder, claimedPorts(state.record));
    await prepareVolumes(state.parts.paths, state.pod);
    const network = resolveNetwork(state.pod, state.parts.findPod);
    const hostname = nodenameOf(state.pod, state.parts.names.clusterDomain);
    const spec = buildSandboxSpec(state.pod, attempt, { network, hostname });
    refuseForbiddenSysctls(spec.sysctls, state.parts.allowedUnsafeSysctls);
    const handle = await state.parts.runtime.createSandbox(spec, { ports: portsOf(state.record) });
    state.sandbox = { attempt, createdAt, handle, isAlive: true };
    state.sandboxProblem = undefined;
    await makeKnown(state, handle);
  } catch (error) {
    await giveUpSandbox(state, error as Error);
  }
  await state.noteFacts();
}

/** Others find it by name, and it finds them. */
async function makeKnown(state: PodState, { ips }: SandboxHandle): Promise<void> {
  const { names, paths } = state.parts;
  const { clusterDomain, resolver } = names;
  names.add(state.pod, ips);
  const notes = await writeEtcFiles(paths, state.pod, { ips, clusterDomain, resolver });
  for (const note of notes) state.addEvent(note);
}

/** Its ports stay the pod's when `isReplaced`: nobody may take them before the next sandbox is made. */
export async function removeSandbox(state: PodState, { isReplaced }: { isReplaced: boolean }): Promise<void> {
  state.parts.names.remove(state.uid);
  await state.sandbox?.handle?.remove();
  state.sandbox = undefined;
  if (!isReplaced) state.parts.ports.release(state.holder);
  await state.noteFacts();
}

async function giveUpSandbox(state: PodState, error: Error): Promise<void> {
  state.parts.names.remove(state.uid);
  await state.sandbox?.handle?.remove();
  state.sandbox = undefined;
  state.parts.ports.release(state.holder);
  state.firstRun?.started.reject(error);
  const failure = describeFailure(error);
  state.sandboxProblem = nextProblem(state.sandboxProblem, failure, state.now());
  state.addEvent(podEvent(failure.reason, failure.message));
}

function describeFailure(error: Error): { reason: EventReason; message: string } {
  const { message } = error;
  if (isTakenByPod(error)) return { reason: 'FailedScheduling', message };
  if (isForbiddenSysctl(error)) return { reason: 'SysctlForbidden', message };
  if (hasCode(error, 'PEAPOD_VOLUME_UNREADABLE')) return { reason: 'FailedMount', message };
  return { reason: 'FailedCreatePodSandBox', message: `Failed to create pod sandbox: ${message}` };
}

/** In a cluster such a pod would find no node: it stays Pending until the other one is gone. */
function isTakenByPod(error: Error): boolean {
  return hasCode(error, 'PEAPOD_PORT_TAKEN') && (error as PeapodError).details.pod !== undefined;
}
