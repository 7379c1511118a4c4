import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { SystemError } from '../errors.js';

/** What the kernel answers to mounts, cgroups and descriptors beyond the ones Node knows by name. */
const others = { ENOTBLK: 15, EBADFD: 77, EUSERS: 87, ESHUTDOWN: 108, EUCLEAN: 117, ENOKEY: 126 };

const numbers: Readonly<Record<string, number>> = { ...others, ...constants.errno };

/** Two names of one number: the one libc's strerrorname_np gives wins. */
const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
names.set(numbers.EAGAIN as number, 'EAGAIN');
names.set(numbers.EOPNOTSUPP as number, 'ENOTSUP');

/** `EPERM` for 1; `E1000` for a number that has no name. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `E${errno}`;
}

/** 1 for `EPERM`; undefined for a name that is none. */
export function errnoNumber(name: string): number | undefined {
  return numbers[name];
}

/** A few words for people, `operation not permitted` for 1; the name where nobody has written any. */
export function errnoText(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[1] ?? errnoName(errno);
}

interface FailedCall {
  readonly errno: number;
  readonly code: string;
  readonly syscall: string;
}

function isFailedCall(error: unknown): error is FailedCall {
  const { errno, code, syscall } = (error ?? {}) as Partial<FailedCall>;
  return typeof errno === 'number' && typeof code === 'string' && typeof syscall === 'string';
}

/**
 * A failed system call of the addon or of Node, with the sentence of the one who made it:
 * `Cannot <action>: ENOENT (no such file or directory)`. Any other error comes back as it is.
 */
export function systemError(cause: unknown, action: string, path?: string): unknown {
  if (!isFailedCall(cause) || cause instanceof SystemError) return cause;
  const errno = Math.abs(cause.errno);
  return new SystemError(`Cannot ${action}: ${cause.code} (${errnoText(errno)})`, {
    errno,
    code: cause.code,
    syscall: cause.syscall,
    path,
  });
}
