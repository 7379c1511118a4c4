import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PeapodError } from '../errors.js';
import { invalidArchive } from './tar/invalid.js';

/** With Node's default of 16 KiB decompression takes twice as long. */
const chunkSize = 256 * 1024;

/** Compressions we can name but not undo, by their first bytes, with the command that does. */
const otherFormats = [
  { magic: '28b52ffd', name: 'zstd', command: 'zstd -d' },
  { magic: 'fd377a585a00', name: 'xz', command: 'xz -d' },
  { magic: '425a68', name: 'bzip2', command: 'bzip2 -d' },
];

/**
 * Reads a tarball, plain or compressed with gzip, as the tar stream in it. Throws PEAPOD_UNSUPPORTED for other
 * compressions and PEAPOD_IMAGE_INVALID for damaged ones. The file is closed when the stream ends or is left.
 */
export async function* readArchive(path: string): AsyncGenerator<Buffer> {
  // O_NONBLOCK: a FIFO is refused below instead of waiting for a writer here.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!(await file.stat()).isFile()) throw invalidArchive(`"${path}" is neither a file nor a directory`);
    const start = await readStart(file);
    checkFormat(path, start);
    yield* start.startsWith('1f8b') ? gunzip(file) : readPlain(file);
  } finally {
    await file.close();
  }
}

async function readStart(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
  return buffer.toString('hex', 0, bytesRead);
}

function checkFormat(path: string, start: string): void {
  const other = otherFormats.find(({ magic }) => start.startsWith(magic));
  if (other === undefined) return;
  throw new PeapodError(
    'PEAPOD_UNSUPPORTED',
    `Cannot read the archive "${path}": it is compressed with ${other.name}`,
    {
      hint: `Decompress it first, with \`${other.command}\`, or use gzip.`,
    },
  );
}

function readPlain(file: FileHandle): AsyncIterable<Buffer> {
  return createReadStream('', { fd: file.fd, start: 0, autoClose: false, highWaterMark: chunkSize });
}

async function* gunzip(file: FileHandle): AsyncGenerator<Buffer> {
  const unpacked = createGunzip({ chunkSize });
  // A failure to read destroys the stream we iterate, which then throws it.
  pipeline(readPlain(file), unpacked, () => {});
  try {
    yield* unpacked;
  } catch (cause) {
    if (!String((cause as NodeJS.ErrnoException).code).startsWith('Z_')) throw cause;
    throw invalidArchive(`its compression is damaged (${(cause as Error).message})`, { cause });
  }
}
