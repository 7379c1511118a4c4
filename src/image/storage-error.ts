import { PeapodError, SystemError } from '../errors.js';

const fullCodes = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/**
 * The error for a system call that failed while the store was written: what was being done (`store blob sha256:…`),
 * and what to do when the disk is full. Errors that say as much already are given back.
 */
export function explainStorage(error: unknown, action: string): unknown {
  if (error instanceof PeapodError || error instanceof SystemError) return error;
  const { code, errno, syscall = '', path } = error as NodeJS.ErrnoException;
  if (code === undefined || errno === undefined) return error;
  const isFull = fullCodes.includes(code);
  return new SystemError(`Cannot ${action}: ${isFull ? 'the disk is full' : code}`, {
    errno: Math.abs(errno),
    code,
    syscall,
    path,
    action,
    hint: isFull
      ? 'Free some space, for example with `peapod rmi`, or move the state with --root.'
      : undefined,
  });
}
