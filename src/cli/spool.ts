import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PeapodError } from '../errors.js';
import type { Input } from './cli.js';

/** Gives `work` what comes on a stream as a file, which is gone afterwards: an archive is read in no order of its own. */
export async function withSpooled<T>(
  stream: Input,
  signal: AbortSignal,
  work: (path: string) => Promise<T>,
): Promise<T> {
  if (stream.isTTY) {
    throw new PeapodError('PEAPOD_USAGE', 'Cannot read an archive from a terminal', {
      hint: 'Pipe it in, or name a file',
    });
  }
  const directory = await mkdtemp(join(tmpdir(), 'peapod-'));
  try {
    const path = join(directory, 'archive');
    await spool(stream, path, signal);
    return await work(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function spool(stream: Readable, path: string, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(stream, createWriteStream(path, { mode: 0o600 }), { signal });
  } catch (cause) {
    signal.throwIfAborted();
    const { code } = cause as NodeJS.ErrnoException;
    throw new PeapodError('PEAPOD_USAGE', `Cannot keep the archive in "${path}": ${code}`, {
      hint: 'TMPDIR names another place for it',
      cause,
    });
  }
}
