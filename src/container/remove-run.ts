import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hasCode } from '../errors.js';
import { Cgroup } from '../kernel/cgroup.js';
import { removeCgroup } from '../kernel/cgroup-remove.js';
import { type Host, removeEmptyCgroups, removeEmptyRunDirectory } from '../kernel/host.js';
import { removeTree } from '../kernel/remove-tree.js';
import { type RunId, runPaths } from './run-paths.js';

/** Longest wait for killed processes to leave a cgroup: those in the middle of a system call. */
const REMOVE_TIMEOUT_MS = 10_000;

/** SIGKILL to all that runs in a cgroup; nothing happens when there is none. */
export function killCgroup(path: string): void {
  try {
    const cgroup = Cgroup.open(path);
    cgroup.kill();
    cgroup.close();
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) {
      throw error;
    }
  }
}

/**
 * Removes all that a container run has on this machine: the container first, so that its monitor can still see it end,
 * then the monitor, then the directories. Can be repeated; a run that was never made is no error.
 */
export async function removeRun(host: Host, id: RunId): Promise<void> {
  const paths = runPaths(host, id);
  for (const cgroup of [paths.cgroup, paths.monitorCgroup]) {
    killCgroup(cgroup);
    await removeCgroup(cgroup, REMOVE_TIMEOUT_MS);
  }
  if (existsSync(paths.disk)) {
    await removeTree(paths.disk);
  }
  await rm(paths.run, { recursive: true, force: true });
  removeEmptyRunDirectory(host, id.podUid);
  removeEmptyCgroups(host);
}
