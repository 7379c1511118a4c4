import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Pace } from '../../kernel/pace.js';
import { detectCompression, magicBytes } from '../compression.js';
import { openRegularFile } from '../regular-file.js';
import { explainStorage } from '../storage-error.js';
import { invalidArchive } from '../tar/invalid.js';
import { decompress } from '../unpack/decompress.js';

export interface SpoolOptions {
  /** A directory for what is compressed; nothing stays in it, whenever the process ends. */
  readonly temporary: string;
  /** What a compressed archive may become at most. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens an archive, of which any part can be read: the file itself, or, of a compressed one, a copy without a name.
 * Throws PEAPOD_IMAGE_INVALID, PEAPOD_UNSUPPORTED or SystemError.
 */
export async function openPlainArchive(path: string, options: SpoolOptions): Promise<FileHandle> {
  const file = await openRegularFile(path, 'it');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(magicBytes), 0, magicBytes, 0);
    if (detectCompression(buffer.subarray(0, bytesRead)) === undefined) return file;
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
