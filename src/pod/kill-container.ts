import { chooseContainer } from './choose-container.js';
import type { KillOptions } from './engine-api.js';
import { runningContainer } from './enter-container.js';
import type { PodState } from './pod-state.js';

/** Sends a signal to the first process of a running container. Rejects with PEAPOD_CONTAINER_NOT_RUNNING. */
export async function killContainer(state: PodState, { container, signal }: KillOptions): Promise<void> {
  const { handle } = runningContainer(state, chooseContainer(state.pod, container));
  await handle.kill(signal);
}
