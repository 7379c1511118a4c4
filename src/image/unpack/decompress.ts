import type { FileHandle } from 'node:fs/promises';
import { PeapodError } from '../../errors.js';
import { type Compression, detectCompression, magicBytes } from '../compression.js';
import { openRegularFile, readChunks } from '../regular-file.js';
import { readGzip } from './gzip.js';
import { readZstd } from './zstd.js';

/** With Node's default of 64 KiB there are four times as many trips to the thread that reads. */
const chunkSize = 64 * 1024;

type Reader = (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

const readers: Partial<Record<Compression, Reader>> = { gzip: readGzip, zstd: readZstd };

/** An archive that is open, and what it is called. */
export interface OpenArchive {
  readonly file: FileHandle;
  readonly path: string;
}

/**
 * Reads an archive as the tar stream in it: plain, or compressed with gzip or zstd, known by its first bytes. No chunk is
 * larger than 256 KiB. Throws PEAPOD_UNSUPPORTED for other compressions and PEAPOD_IMAGE_INVALID for damaged ones.
 */
export async function* decompress(path: string): AsyncGenerator<Buffer> {
  yield* decompressFile({ file: await openRegularFile(path), path });
}

/**
 * The same for one that is open, which is closed when the stream ends or is left. `onRead` is told how many bytes of it
 * were read.
 */
export async function* decompressFile(
  { file, path }: OpenArchive,
  onRead: (bytes: number) => void = ignore,
): AsyncGenerator<Buffer> {
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(magicBytes), 0, magicBytes, 0);
    yield* reader(path, buffer.subarray(0, bytesRead))(readFile(file, onRead));
  } finally {
    await file.close();
  }
}

function reader(path: string, start: Buffer): Reader {
  const compression = detectCompression(start);
  if (compression === undefined) return (chunks) => chunks;
  const known = readers[compression];
  if (known === undefined) throw unsupported(path, compression);
  return known;
}

/** The programs that undo these are called as they are. */
function unsupported(path: string, name: Compression): PeapodError {
  return new PeapodError(
    'PEAPOD_UNSUPPORTED',
    `Cannot read the archive "${path}": it is compressed with ${name}`,
    {
      hint: `Decompress it first, with \`${name} -d\`, or use gzip or zstd.`,
    },
  );
}

async function* readFile(file: FileHandle, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of readChunks(file, chunkSize)) {
    total += chunk.length;
    onRead(total);
    yield chunk;
  }
}

function ignore(): void {}
