import { closeSync, fstatSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode, PeapodError } from '../errors.js';
import { AT_FDCWD, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from '../kernel/constants.js';
import { directoryFlags, files, resolveInRoot } from '../kernel/files.js';
import type { ResolvedImage } from './resolve.js';

const maxBytes = 1024 * 1024;
const maxLines = 10_000;

/**
 * The text of a file of an image such as `etc/passwd`, from the topmost layer that has it; undefined if none has.
 * Only a regular file of at most 1 MiB and 10000 lines is read, and nothing outside the layer. Throws
 * PEAPOD_IMAGE_INVALID for anything else of that name.
 */
export function readAccountFile(
  stateDirectory: string,
  rootfs: ResolvedImage['rootfs'],
  path: string,
): string | undefined {
  const layers = rootfs.kind === 'host' ? ['/'] : rootfs.layers.map((layer) => join(stateDirectory, layer));
  for (const layer of layers) {
    const text = readInLayer(layer, path);
    if (text !== undefined) return text;
  }
  return undefined;
}

function readInLayer(layer: string, path: string): string | undefined {
  const layerFd = files().openat(AT_FDCWD, layer, directoryFlags, 0);
  try {
    // O_NONBLOCK: opening a FIFO without it would wait for a writer.
    const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    return readWhole(files().openat2(layerFd, path, flags, 0, resolveInRoot), path);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    if (error instanceof PeapodError) throw error;
    throw refuse(path, `it cannot be opened (${(error as NodeJS.ErrnoException).code})`, error);
  } finally {
    files().close(layerFd);
  }
}

function readWhole(fd: number, path: string): string {
  try {
    if (!fstatSync(fd).isFile()) throw refuse(path, 'it is no regular file');
    const bytes = Buffer.alloc(maxBytes + 1);
    const size = readSync(fd, bytes, 0, bytes.length, 0);
    const text = bytes.toString('utf8', 0, size);
    if (size > maxBytes) throw refuse(path, `it is larger than ${maxBytes} bytes`);
    if (text.split('\n', maxLines + 2).length > maxLines + 1)
      throw refuse(path, `it has more than ${maxLines} lines`);
    return text;
  } finally {
    closeSync(fd);
  }
}

function refuse(path: string, why: string, cause?: unknown): PeapodError {
  return new PeapodError('PEAPOD_IMAGE_INVALID', `Cannot read "/${path}" of the image: ${why}`, { cause });
}
