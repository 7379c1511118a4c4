import { PeapodError } from '../errors.js';
import { podLogDirectory } from '../kernel/paths.js';
import { removeTree } from '../kernel/remove-tree.js';
import { abortPulls } from './end-pull.js';
import { podNameOf } from './pod-object.js';
import type { PodState } from './pod-state.js';

/** Forgets a pod of which nothing runs: its logs, then its volumes and files, its record last. */
export async function removePod(state: PodState): Promise<void> {
  await removeTree(podLogDirectory(state.parts.paths, podNameOf(state.pod)));
  await state.parts.store.remove(state.uid);
  abortPulls(state, state.pulls.keys());
  state.firstRun?.started.reject(deleted(state));
  state.isRemoved = true;
}

function deleted({ pod }: PodState): PeapodError {
  return new PeapodError('PEAPOD_NOT_FOUND', `Pod "${pod.metadata?.name}" was deleted before it started`);
}
