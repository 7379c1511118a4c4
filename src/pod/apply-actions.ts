import type { KillContainer, PodActions, StartContainer } from './actions.js';
import type { ContainerPull } from './container-pull.js';
import { abortPulls } from './end-pull.js';
import { endRun } from './end-run.js';
import type { PodState } from './pod-state.js';
import { removePod } from './remove-pod.js';
import { createSandbox, removeSandbox } from './sandbox-actions.js';
import { startRun } from './start-run.js';

/** Called when something ends by itself or on request: the observation is another from then on. */
export interface Endings {
  watchContainer(name: string, attempt: number): void;
  watchSandbox(): void;
  watchPull(name: string, pull: ContainerPull): void;
}

/** Does what was decided, in the order PodActions tells. What cannot be done becomes a problem in the next observation. */
export async function applyActions(state: PodState, actions: PodActions, endings: Endings): Promise<void> {
  for (const note of actions.events) state.addEvent(note);
  abortPulls(state, actions.abortPulls);
  for (const kill of actions.killContainers) await killContainer(state, kill);
  if (actions.removeSandbox !== undefined) {
    await removeSandbox(state, { isReplaced: actions.createSandbox !== undefined });
  }
  if (actions.createSandbox !== undefined) {
    await createSandbox(state, actions.createSandbox.attempt);
    if (state.sandbox?.isAlive) endings.watchSandbox();
  }
  for (const start of actions.startContainers) {
    await startOne(state, start, endings);
  }
  if (actions.removePod) await removePod(state);
}

async function startOne(state: PodState, start: StartContainer, endings: Endings): Promise<void> {
  const { name, attempt } = start;
  const result = await startRun(state, start);
  if (result === 'started') return endings.watchContainer(name, attempt);
  const pull = state.pulls.get(name);
  if (result === 'pulling' && pull !== undefined) endings.watchPull(name, pull);
}

async function killContainer(state: PodState, kill: KillContainer): Promise<void> {
  const { name, attempt, ...stop } = kill;
  if (state.container(name).current?.attempt !== attempt) return;
  state.changeRun(name, attempt, { stop });
  // The stop is remembered before it happens: an exit seen by the next engine is then known to be no crash. Where
  // that cannot be written, the stop is what makes room.
  await state.noteFacts();
  const handle = state.handles.get(name);
  if (handle === undefined) {
    const status = { kind: 'unknown', reason: 'Nothing is known of its process' } as const;
    return endRun(state, kill, { status, finishedAt: state.now() });
  }
  handle.stop(stop.gracePeriodSeconds * 1000).catch((error: Error) => {
    state.warn(`Cannot stop container ${name}: ${error.message}`);
  });
}
