import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Pace } from '../../kernel/pace.js';
import { explainStorage } from '../storage-error.js';
import { invalidArchive } from '../tar/invalid.js';
import { decompress } from '../unpack/decompress.js';
import { isZstd } from '../unpack/zstd.js';

export interface SpoolOptions {
  /** A directory for what is compressed; nothing stays in it, whenever the process ends. */
  readonly temporary: string;
  /** What a compressed archive may become at most. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** gzip, xz and bzip2: the latter two are refused by their names where they are to be undone. */
const compressions = ['1f8b', 'fd377a585a00', '425a68'];

/** True for bytes that a compressed archive begins with. */
export function isCompressed(start: Buffer): boolean {
  const hex = start.toString('hex', 0, 6);
  return compressions.some((magic) => hex.startsWith(magic)) || isZstd(start);
}

/**
 * Opens an archive, of which any part can be read: the file itself, or, of a compressed one, a copy without a name.
 * Throws PEAPOD_IMAGE_INVALID, PEAPOD_UNSUPPORTED or SystemError.
 */
export async function openPlainArchive(path: string, options: SpoolOptions): Promise<FileHandle> {
  // O_NONBLOCK: a FIFO is refused below instead of waiting for a writer here.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!(await file.stat()).isFile()) throw invalidArchive('it is neither a file nor a directory');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
    if (!isCompressed(buffer.subarray(0, bytesRead))) return file;
    const copy = await spool(path, options);
    await file.close();
    return copy;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function spool(path: string, { temporary, maxBytes, signal }: SpoolOptions): Promise<FileHandle> {
  const name = join(temporary, randomUUID());
  const copy = await open(name, 'wx+', 0o600);
  try {
    await unlink(name);
    const pace = new Pace();
    let size = 0;
    for await (const chunk of decompress(path)) {
      signal?.throwIfAborted();
      size += chunk.length;
      if (size > maxBytes) throw invalidArchive(`it is larger than ${maxBytes} bytes when decompressed`);
      await copy.writeFile(chunk);
      await pace.rest();
    }
    return copy;
  } catch (error) {
    await copy.close();
    throw explainStorage(error, 'decompress the archive');
  }
}
