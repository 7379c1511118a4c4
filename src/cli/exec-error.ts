import { constants } from 'node:os';
import { PeapodError } from '../errors.js';

const { ENOENT, EACCES, ENOEXEC, EISDIR, ENOTDIR, ELOOP, ETXTBSY } = constants.errno;

/** Errors of execve that say the file is there. */
const cannotExecute = [EACCES, ENOEXEC, EISDIR, ENOTDIR, ELOOP, ETXTBSY];

/** A shell's exit code for a program that did not start: 127 not found, 126 cannot be executed, 125 any other reason. */
export function explainExec(error: unknown): number {
  if (!(error instanceof PeapodError) || error.code !== 'PEAPOD_LAUNCH_FAILED') return 125;
  const { errno, op } = error.details;
  if (typeof errno !== 'number' || (op !== undefined && op !== 'exec')) return 125;
  if (errno === ENOENT) return 127;
  return cannotExecute.includes(errno) ? 126 : 125;
}
