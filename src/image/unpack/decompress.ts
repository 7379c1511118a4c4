import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PeapodError } from '../../errors.js';
import { invalidArchive } from '../tar/invalid.js';
import { readGzip } from './gzip.js';
import { isZstd, readZstd } from './zstd.js';

/** With Node's default of 64 KiB there are four times as many trips to the thread that reads. */
const chunkSize = 64 * 1024;

/** Compressions we can name but not undo, by their first bytes, with the command that does. */
const otherFormats = [
  { magic: 'fd377a585a00', name: 'xz', command: 'xz -d' },
  { magic: '425a68', name: 'bzip2', command: 'bzip2 -d' },
];

/**
 * Reads an archive as the tar stream in it: plain, or compressed with gzip or zstd, known by its first bytes. No chunk is
 * larger than 256 KiB. Throws PEAPOD_UNSUPPORTED for other compressions and PEAPOD_IMAGE_INVALID for damaged
 * ones. The file is closed when the stream ends or is left. `onRead` is told how many bytes of the file were read.
 */
export async function* decompress(
  path: string,
  onRead: (bytes: number) => void = ignore,
): AsyncGenerator<Buffer> {
  // O_NONBLOCK: a FIFO is refused below instead of waiting for a writer here.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!(await file.stat()).isFile()) throw invalidArchive(`"${path}" is neither a file nor a directory`);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
    yield* reader(path, buffer.subarray(0, bytesRead))(readFile(file, onRead));
  } finally {
    await file.close();
  }
}

type Reader = (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

function reader(path: string, start: Buffer): Reader {
  const hex = start.toString('hex');
  const other = otherFormats.find(({ magic }) => hex.startsWith(magic));
  if (other !== undefined) throw unsupported(path, other);
  if (hex.startsWith('1f8b')) return readGzip;
  return isZstd(start) ? readZstd : (chunks) => chunks;
}

function unsupported(path: string, { name, command }: { name: string; command: string }): PeapodError {
  return new PeapodError(
    'PEAPOD_UNSUPPORTED',
    `Cannot read the archive "${path}": it is compressed with ${name}`,
    {
      hint: `Decompress it first, with \`${command}\`, or use gzip or zstd.`,
    },
  );
}

/** A new buffer each time: who reads may keep what it got. */
async function* readFile(file: FileHandle, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  for (let total = 0; ; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(chunkSize), 0, chunkSize, null);
    if (bytesRead === 0) return;
    total += bytesRead;
    onRead(total);
    yield buffer.subarray(0, bytesRead);
  }
}

function ignore(): void {}
