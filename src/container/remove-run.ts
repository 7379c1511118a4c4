import { killCgroup, removeCgroup, removeEmptyCgroup } from '../kernel/cgroup-remove.js';
import { type Host, monitorCgroup, removeEmptyCgroups, removeEmptyRunDirectory } from '../kernel/host.js';
import { removeFew } from '../kernel/remove-few.js';
import { removeTree } from '../kernel/remove-tree.js';
import type { Monitor } from './monitor.js';
import { type RunId, runPaths } from './run-paths.js';

/** Kills what runs in a cgroup, if anything does, and removes it. */
async function removeRunCgroup(path: string): Promise<void> {
  if (!removeEmptyCgroup(path)) {
    killCgroup(path);
    await removeCgroup(path);
  }
}

async function removeDirectory(path: string): Promise<void> {
  if (!removeFew(path)) {
    await removeTree(path);
  }
}

/** Removes a monitor by its name, and what only it was in. */
export async function removeMonitor(host: Host, name: string): Promise<void> {
  await removeRunCgroup(monitorCgroup(host, name));
  removeEmptyCgroups(host);
}

/**
 * Removes all that a container run has on this machine: the container first, so that its monitor can still see it end,
 * then, after it has ended if it is our child, the monitor and its files. Can be repeated; a run that was never made is
 * no error.
 */
export async function removeRun(
  host: Host,
  id: RunId,
  monitor?: { readonly name: string } & Partial<Pick<Monitor, 'ended'>>,
): Promise<void> {
  const paths = runPaths(host, id);
  await removeRunCgroup(paths.cgroup);
  await removeDirectory(paths.disk);
  await monitor?.ended;
  if (monitor !== undefined) await removeRunCgroup(monitorCgroup(host, monitor.name));
  await removeDirectory(paths.run);
  // The cgroups above are shared with other pods: they can only be empty once nothing of this one is left.
  if (removeEmptyRunDirectory(host, id.podUid)) {
    removeEmptyCgroups(host);
  }
}
