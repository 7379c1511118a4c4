import { realpath, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { PeapodError, SystemError } from '../errors.js';
import { Pace } from '../kernel/pace.js';
import type { Entry } from './entry.js';
import { openRegularFile, readChunks } from './regular-file.js';
import type { ImageStore } from './store.js';
import { writeTar } from './tar/writer.js';
import { readTree } from './tree.js';

const chunkBytes = 256 * 1024;

/**
 * A root file system as an archive: of a directory one is made, a tarball is read as it is. Throws PEAPOD_NOT_FOUND,
 * PEAPOD_IMAGE_INVALID for what is neither, and PEAPOD_USAGE for a directory with our own state in it.
 */
export async function openImportSource(store: ImageStore, path: string): Promise<AsyncIterable<Buffer>> {
  // The real path: the name given may be a symlink, which must not become the root.
  const source = await realpath(path).catch((cause) => {
    throw new PeapodError('PEAPOD_NOT_FOUND', `Cannot import "${path}": ${cause.code}`, {
      cause,
      details: { path },
    });
  });
  if (!(await stat(source)).isDirectory()) return readTarball(source);
  const fromSource = relative(source, await realpath(store.stateDirectory));
  if (fromSource !== '..' && !fromSource.startsWith('../')) throw containsStore(path);
  return writeTar(paced(readTree(source)));
}

function containsStore(path: string): PeapodError {
  return new PeapodError('PEAPOD_USAGE', `Cannot import "${path}": peapod's own state is in it`, {
    hint: 'The image `host` is the host itself.',
  });
}

async function* readTarball(path: string): AsyncGenerator<Buffer> {
  const file = await openRegularFile(path);
  try {
    yield* readChunks(file, chunkBytes);
  } finally {
    await file.close();
  }
}

/** A tree is read with system calls that do not let go of the event loop. */
async function* paced(entries: AsyncIterable<Entry>): AsyncGenerator<Entry> {
  const pace = new Pace();
  for await (const entry of entries) {
    yield entry;
    await pace.rest();
  }
}

/** Names what could not be imported: readers of an archive know only of its entries, system calls of a path inside. */
export function explainImport(error: unknown, path: string): unknown {
  if (error instanceof PeapodError && !error.message.includes(path)) {
    const { code, message, details, hint, cause } = error;
    return new PeapodError(code, `Cannot import "${path}": ${message}`, { details, hint, cause });
  }
  if (error instanceof PeapodError || error instanceof SystemError) return error;
  const { code, errno, syscall = '' } = error as NodeJS.ErrnoException;
  if (code === undefined || errno === undefined) return error;
  return new SystemError(`Cannot import "${path}": ${(error as Error).message}`, {
    errno: Math.abs(errno),
    code,
    syscall,
    path,
    action: `import ${path}`,
  });
}
