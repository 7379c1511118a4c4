import { PeapodError } from '../errors.js';

/**
 * A container that cannot be made the way its manifest asks. `details.reason` is what the status shows while the
 * container waits: CreateContainerConfigError.
 */
export function configError(message: string, hint?: string): PeapodError {
  return new PeapodError('PEAPOD_CONTAINER_CONFIG', message, {
    hint,
    details: { reason: 'CreateContainerConfigError' },
  });
}
