import { PeapodError } from '../errors.js';

/** Codes that say: nobody is there, or not any more. */
const lostCodes = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** A daemon that is gone as an error of ours, with the system's own as its cause; any other error as it is. */
export function explainConnection(error: unknown): unknown {
  if (!lostCodes.has((error as NodeJS.ErrnoException).code ?? '')) return error;
  return new PeapodError('PEAPOD_DAEMON_UNREACHABLE', 'The daemon closed the connection, or is not there', {
    hint: 'Try again: a command starts a daemon when none runs, and pods run on without one',
    cause: error,
  });
}

/** Whether a call failed because nobody answers the socket. */
export function isUnanswered(error: unknown): boolean {
  const { cause = error } = error as Error;
  return lostCodes.has((cause as NodeJS.ErrnoException).code ?? '');
}
