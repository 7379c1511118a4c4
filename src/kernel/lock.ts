import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../errors.js';
import { binding } from '../native/binding.js';
import { AT_FDCWD, LOCK_EX, LOCK_NB, O_CREAT, O_DIRECTORY, O_RDONLY, O_RDWR } from './constants.js';

/** A file held by flock(2); the kernel releases it when the process ends, however that happens. */
export interface FileLock {
  release(): void;
}

/** Takes the lock of `path`, a file that is made (0600) if need be; undefined when somebody else holds it. */
export function lockFile(path: string): FileLock | undefined {
  return lockDescriptor(binding().openat(AT_FDCWD, path, O_RDWR | O_CREAT, 0o600));
}

/** The same of a directory that is there: nothing is made in it. */
export function lockDirectory(path: string): FileLock | undefined {
  return lockDescriptor(binding().openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0));
}

const namespacePath = '/proc/self/ns/net';
const pollMs = 10;

/**
 * Does something while no other engine of this network namespace does, of whatever root: flock(2) of the namespace's own
 * file, which needs no place that all agree on. After `patienceMs` it is done all the same.
 */
export async function withNetworkLock<T>(patienceMs: number, work: () => Promise<T>): Promise<T> {
  const end = performance.now() + patienceMs;
  const tryLock = () => lockDescriptor(binding().openat(AT_FDCWD, namespacePath, O_RDONLY, 0));
  let lock = tryLock();
  while (lock === undefined && performance.now() < end) {
    await sleep(pollMs);
    lock = tryLock();
  }
  return await work().finally(() => lock?.release());
}

function lockDescriptor(fd: number): FileLock | undefined {
  const native = binding();
  try {
    native.flock(fd, LOCK_EX | LOCK_NB);
  } catch (error) {
    native.close(fd);
    if (hasCode(error, 'EAGAIN')) return undefined;
    throw error;
  }
  return { release: () => native.close(fd) };
}
