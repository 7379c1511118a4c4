import { hasCode } from '../errors.js';
import { buildSandboxSpec } from './build-sandbox.js';
import { nodenameOf, writeEtcFiles } from './etc-files.js';
import { podEvent } from './events.js';
import type { PodState } from './pod-state.js';
import { nextProblem } from './start-problem.js';
import { prepareVolumes } from './volumes.js';

/** Makes a pod's volumes, its sandbox and its files. A failure is left in `sandboxProblem` and told as an event. */
export async function createSandbox(state: PodState, attempt: number): Promise<void> {
  const createdAt = state.now();
  // Intent first: should we die now, the next engine knows that there may be a sandbox.
  state.sandbox = { attempt, createdAt, isAlive: false };
  await state.saveFacts();
  try {
    await prepareVolumes(state.parts.paths, state.pod);
    const spec = buildSandboxSpec(state.pod, attempt);
    const handle = await state.parts.runtime.createSandbox(spec);
    state.sandbox = { attempt, createdAt, handle, isAlive: true };
    state.sandboxProblem = undefined;
    await writeEtcFiles(state.parts.paths, state.pod, { hostname: nodenameOf(state.pod), ips: handle.ips });
  } catch (error) {
    await giveUpSandbox(state, error as Error);
  }
  await state.noteFacts();
}

export async function removeSandbox(state: PodState): Promise<void> {
  await state.sandbox?.handle?.remove();
  state.sandbox = undefined;
  await state.noteFacts();
}

async function giveUpSandbox(state: PodState, error: Error): Promise<void> {
  await state.sandbox?.handle?.remove();
  state.sandbox = undefined;
  const isVolume = hasCode(error, 'PEAPOD_VOLUME_UNREADABLE');
  const reason = isVolume ? 'FailedMount' : 'FailedCreatePodSandBox';
  const message = isVolume ? error.message : `Failed to create pod sandbox: ${error.message}`;
  state.sandboxProblem = nextProblem(state.sandboxProblem, { reason, message }, state.now());
  state.addEvent(podEvent(reason, message));
}
