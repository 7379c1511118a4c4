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
