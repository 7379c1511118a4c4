import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { invalidArchive } from '../tar/invalid.js';

/** With Node's default of 16 KiB decompression takes twice as long. */
const chunkSize = 64 * 1024;

/**
 * Undoes gzip, of several members too. Throws PEAPOD_IMAGE_INVALID for what is damaged or cut off. One chunk is
 * decompressed ahead, in a thread, while another is used.
 */
export async function* readGzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpacked = createGunzip({ chunkSize });
  // A failure to read destroys the stream we iterate, which then throws it.
  pipeline(Readable.from(chunks, { objectMode: false }), unpacked, () => {});
  try {
    yield* unpacked;
  } catch (cause) {
    if (!String((cause as NodeJS.ErrnoException).code).startsWith('Z_')) throw cause;
    throw invalidArchive(`its compression is damaged (${(cause as Error).message})`, { cause });
  }
}
