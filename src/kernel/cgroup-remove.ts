import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../errors.js';
import { binding } from '../native/binding.js';
import { Cgroup, listChildren } from './cgroup.js';
import { AT_FDCWD, O_DIRECTORY, O_RDONLY } from './constants.js';

/** Killed processes are gone within microseconds; those in the middle of a system call take longer. */
const firstPauseMs = 1;
const longestPauseMs = 20;

/** Longest wait, unless another is given, for killed processes to leave a cgroup. */
const removeTimeoutMs = 10_000;

/** SIGKILL to all that runs in a cgroup and below; false if there is none of that path. */
export function killCgroup(path: string): boolean {
  try {
    const cgroup = Cgroup.open(path);
    cgroup.kill();
    cgroup.close();
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/**
 * Removes a cgroup and all below it, deepest first, those a container made included. Nothing happens if it is not
 * there. What still has a process is tried again for `timeoutMs`; after that EBUSY is thrown.
 */
export async function removeCgroup(path: string, timeoutMs = removeTimeoutMs): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let pauseMs = firstPauseMs;
  while (!removeTree(AT_FDCWD, path)) {
    if (performance.now() >= deadline) return binding().unlinkat(AT_FDCWD, path, true);
    await sleep(pauseMs);
    pauseMs = Math.min(2 * pauseMs, longestPauseMs);
  }
}

/** Removes a cgroup if nothing is in it: neither process nor cgroup. True also when it is not there. */
export function removeEmptyCgroup(path: string): boolean {
  return removeDirectory(AT_FDCWD, path);
}

/** False if a process keeps it, or one below it. Works on descriptors, as depth may exceed what a path can name. */
function removeTree(parentFd: number, name: string): boolean {
  if (removeDirectory(parentFd, name)) return true;
  const fd = openDirectory(parentFd, name);
  if (fd === undefined) return true;
  try {
    for (const child of listChildren(fd)) removeTree(fd, child);
  } finally {
    binding().close(fd);
  }
  return removeDirectory(parentFd, name);
}

/** False if it has children or processes. */
function removeDirectory(parentFd: number, name: string): boolean {
  try {
    binding().unlinkat(parentFd, name, true);
  } catch (error) {
    if (hasCode(error, 'EBUSY')) return false;
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  return true;
}

function openDirectory(parentFd: number, name: string): number | undefined {
  try {
    return binding().openat(parentFd, name, O_RDONLY | O_DIRECTORY, 0);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
