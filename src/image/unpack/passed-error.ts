import type { ErrorCode } from '../../errors.js';
import { PeapodError, SystemError } from '../../errors.js';

/** An error as it is sent from one thread to another, where classes are lost. */
export interface PassedError {
  readonly kind: 'peapod' | 'system' | 'other';
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly hint: string | undefined;
}

/** Makes an error fit to be sent. */
export function packError(error: unknown): PassedError {
  const { message, stack, code = '', errno = 0, syscall = '' } = error as NodeJS.ErrnoException;
  const hint = error instanceof PeapodError ? error.hint : undefined;
  const isSystem = code !== '' && errno !== 0 && syscall !== '';
  const kind = error instanceof PeapodError ? 'peapod' : isSystem ? 'system' : 'other';
  return { kind, message: message ?? String(error), stack, code, errno: Math.abs(errno), syscall, hint };
}

/** The error that was sent. */
export function unpackError(passed: PassedError): Error {
  const { kind, message, stack, code, errno, syscall, hint } = passed;
  if (kind === 'peapod') return new PeapodError(code as ErrorCode, message, { hint });
  if (kind === 'system') return new SystemError(message, { code, errno, syscall });
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
