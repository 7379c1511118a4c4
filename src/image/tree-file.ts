import { type BigIntStats, constants, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { PeapodError } from '../errors.js';

const pieceSize = 256 * 1024;
/** Pieces up to here are read at once; larger ones in a thread, as the disk may make them wait. */
const maxSyncBytes = 64 * 1024;

/** A file's content, which must still be the file that `stat` described when it is read, and as long. */
export async function* readBody(path: Buffer, stat: BigIntStats): AsyncGenerator<Buffer> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
  const file = await open(path, flags).catch((error) => {
    throw changed(path, error);
  });
  try {
    const opened = await file.stat({ bigint: true });
    if (!opened.isFile() || opened.ino !== stat.ino || opened.dev !== stat.dev) throw changed(path);
    for (let left = Number(stat.size); left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, pieceSize));
      const count =
        piece.length <= maxSyncBytes ? readSync(file.fd, piece) : (await file.read(piece)).bytesRead;
      if (count === 0) throw changed(path);
      left -= count;
      yield piece.subarray(0, count);
    }
  } finally {
    await file.close();
  }
}

function changed(path: Buffer, cause?: unknown): PeapodError {
  return new PeapodError('PEAPOD_CONFLICT', `Cannot import "${path}": it changed while it was read`, {
    cause,
  });
}
