import { errorCodes } from '../error-codes.js';
import { type ErrorCode, PeapodError, SystemError } from '../errors.js';

/** An error as it crosses the socket. */
export interface WireError {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: Record<string, unknown>;
  /** Only of a failed system call. */
  readonly errno?: number;
  readonly syscall?: string;
  readonly path?: string;
}

const statusByCode: Partial<Record<ErrorCode, number>> = {
  PEAPOD_MANIFEST_INVALID: 400,
  PEAPOD_USAGE: 400,
  PEAPOD_IMAGE_INVALID: 400,
  PEAPOD_NOT_FOUND: 404,
  PEAPOD_IMAGE_MISSING: 404,
  PEAPOD_CONFLICT: 409,
  PEAPOD_PORT_TAKEN: 409,
  PEAPOD_CONTAINER_NOT_RUNNING: 409,
  PEAPOD_CONTAINER_FROZEN: 409,
  PEAPOD_UNSUPPORTED: 501,
  PEAPOD_TIMEOUT: 504,
};

export function httpStatus(error: unknown): number {
  return (error instanceof PeapodError && statusByCode[error.code]) || 500;
}

/** Causes and stacks stay in the daemon: its log has them. */
export function encodeError(error: unknown): WireError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message } = error;
  const { code, hint, details, errno, syscall, path } = error as Partial<SystemError>;
  return JSON.parse(JSON.stringify({ code, message, hint, details, errno, syscall, path }));
}

/** Back to the class it had; what is neither ours nor a system call's becomes a plain Error. */
export function decodeError(wire: WireError): Error {
  const { code, message, hint, details, errno, syscall, path } = wire;
  if (isErrorCode(code)) return new PeapodError(code, message, { hint, details });
  if (code !== undefined && errno !== undefined && syscall !== undefined)
    return new SystemError(message, { code, errno: Math.abs(errno), syscall, path, hint, details });
  return new Error(message);
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCodes, code);
}
