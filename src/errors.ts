import type { errorCodes } from './error-codes.js';

/** A row of the table in `error-codes.ts`; match on it, never on a message. */
export type ErrorCode = keyof typeof errorCodes;

export interface ErrorOptions {
  /** What to do about it: the only place for advice. */
  hint?: string | undefined;
  /** Facts for programs: names, paths, positions. */
  details?: Record<string, unknown> | undefined;
  cause?: unknown;
}

/** Every failure peapod reports above the kernel layer: a stable code, one sentence, a hint and the cause. */
export class PeapodError extends Error {
  override readonly name = 'PeapodError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

export interface SystemErrorOptions {
  /** errno as a positive number, for example 1 for EPERM. */
  errno: number;
  /** Its symbolic name, for example 'EPERM'. */
  code: string;
  /** The system call that failed. */
  syscall: string;
  path?: string | undefined;
  /** What was being done, for example `mount proc on /proc`. */
  action?: string | undefined;
  hint?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

/** A failed system call, in the shape of Node's own system errors, with the step of the plan it belonged to. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly errno: number;
  readonly code: string;
  readonly syscall: string;
  readonly path: string | undefined;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(message: string, options: SystemErrorOptions) {
    super(message);
    this.errno = options.errno;
    this.code = options.code;
    this.syscall = options.syscall;
    this.path = options.path;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** True for an error, ours or Node's, that carries this `code`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === code;
}
