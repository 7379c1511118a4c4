import { type ErrorCode, PeapodError } from '../../errors.js';
import { formatReference, type Reference } from '../reference.js';
import type { Credentials } from './credential.js';
import { Failure, type FailureKind } from './failure.js';

/** What one server after the other had to say. */
export interface Attempt {
  readonly host: string;
  readonly error: unknown;
}

const codes: Readonly<Record<FailureKind, ErrorCode>> = {
  missing: 'PEAPOD_IMAGE_MISSING',
  denied: 'PEAPOD_REGISTRY_DENIED',
  unavailable: 'PEAPOD_REGISTRY_UNAVAILABLE',
  invalid: 'PEAPOD_IMAGE_INVALID',
};

/**
 * The error of an image that could not be had from any of the servers: what the last, the registry itself, said decides
 * its code. An error of ours keeps its own.
 */
export function pullError(
  reference: Reference,
  attempts: readonly Attempt[],
  credentials: Credentials,
): PeapodError {
  const error = attempts.at(-1)?.error;
  const mirrors = attempts.slice(0, -1).map(({ host, error }) => ({ host, why: whyOf(error) }));
  const seen = mirrors.map(({ host, why }) => `; mirror ${host}: ${why}`).join('');
  const message = `Cannot pull ${formatReference(reference)}: ${whyOf(error)}${seen}`;
  const code = error instanceof Failure ? codes[error.kind] : (error as PeapodError).code;
  const details = { reference: formatReference(reference), mirrors };
  return new PeapodError(code, message, { hint: hintOf(error, credentials), details, cause: error });
}

function whyOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Cannot (?:read|use) the image: /, '');
}

function hintOf(error: unknown, { place }: Credentials): string | undefined {
  if (!(error instanceof Failure)) return (error as PeapodError).hint;
  if (error.hint !== undefined) return error.hint;
  const where = place === undefined ? '' : `, for which the file ${place} is read`;
  if (error.kind === 'missing') {
    return `Look at its name; one that is private takes credentials, as "docker login" writes them${where}`;
  }
  return error.kind === 'denied' ? `Log in anew, with "docker login"${where}` : undefined;
}
