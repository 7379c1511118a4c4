import { podLogDirectory } from '../kernel/paths.js';
import { removeTree } from '../kernel/remove-tree.js';
import { podNameOf } from './pod-object.js';
import type { PodState } from './pod-state.js';

/** Forgets a pod of which nothing runs: its logs, then its volumes and files, its record last. */
export async function removePod(state: PodState): Promise<void> {
  await removeTree(podLogDirectory(state.parts.paths, podNameOf(state.pod)));
  await state.parts.store.remove(state.uid);
  state.isRemoved = true;
}
