import { accessSync, chmodSync, closeSync, constants, lstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { PeapodError } from '../errors.js';
import { makePrivateDirectory } from '../kernel/private-directory.js';

/**
 * Makes the run directory, or checks the one that is there. Its mode is what keeps everyone but its owner from the
 * socket in it, so a directory of somebody else is refused.
 */
export function prepareRunDirectory(path: string): void {
  try {
    makePrivateDirectory(path);
    const { uid, mode } = lstatSync(path);
    if (uid !== process.geteuid?.()) throw unusable(path, `it belongs to user ${uid}`);
    if ((mode & 0o077) !== 0) chmodSync(path, 0o700);
    accessSync(path, constants.W_OK);
  } catch (error) {
    if (error instanceof PeapodError) throw error;
    throw unusable(path, (error as NodeJS.ErrnoException).code ?? String(error), error);
  }
}

function unusable(path: string, reason: string, cause?: unknown): PeapodError {
  const hint = process.geteuid?.() === 0 ? undefined : 'peapod needs root: run it with sudo';
  return new PeapodError('PEAPOD_DAEMON_UNREACHABLE', `Cannot use the run directory "${path}": ${reason}`, {
    hint,
    cause,
  });
}

/** A directory held open, so that sockets in it have a name short enough for sun_path (108 bytes). */
export class HeldDirectory {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  /** Valid in this process until `close`. */
  path(name: string): string {
    return join('/proc/self/fd', String(this.#fd), name);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
