import { type ErrorOptions, PeapodError } from '../../errors.js';

/** The error for an archive that is malformed, hostile or beyond a limit. */
export function invalidArchive(why: string, options: ErrorOptions = {}): PeapodError {
  return new PeapodError('PEAPOD_IMAGE_INVALID', `Cannot read the archive: ${why}`, options);
}
