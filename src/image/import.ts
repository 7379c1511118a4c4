import { constants, statfsSync } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { PeapodError, SystemError } from '../errors.js';
import { removeTree } from '../kernel/remove-tree.js';
import { debug } from '../log.js';
import { checkNotReserved } from './builtin.js';
import { applyChange } from './change.js';
import { emptyConfig } from './config.js';
import { commitLayer, createStaging, type Staging } from './layer.js';
import { defaultLimits, type Limits } from './limits.js';
import { readDirectoryLayer, readTarLayer, type Unpacked } from './read-layer.js';
import { buildRecord, type ImageRecord, writeImageRecord } from './record.js';
import { formatReference, parseReference } from './reference.js';
import type { ImageStore } from './store.js';

export interface ImportImageOptions {
  /** A root file system: a directory, or a tarball, plain or compressed with gzip. */
  readonly path: string;
  /** As users write it: `nginx` is `docker.io/library/nginx:latest`. */
  readonly name: string;
  /** docker's `--change` lines, applied in order. */
  readonly changes?: readonly string[];
  readonly limits?: Partial<Limits>;
}

const log = debug('image');

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Of the free space at most this part is filled, so that an import never takes the last of it. */
const freeShare = 0.8;

/**
 * Makes an image of one layer from a root file system, under a name; a name that is taken is given to the new image.
 * Either all of it is in the store afterwards or nothing. The same content is stored once.
 * Throws PEAPOD_IMAGE_INVALID, PEAPOD_UNSUPPORTED, PEAPOD_USAGE, PEAPOD_NOT_FOUND, PEAPOD_CONFLICT or SystemError.
 */
export async function importImage(store: ImageStore, options: ImportImageOptions): Promise<ImageRecord> {
  const reference = formatReference(parseReference(options.name));
  checkNotReserved(reference);
  const config = (options.changes ?? []).reduce(applyChange, emptyConfig);
  const { source, isDirectory } = await findSource(options.path, store);
  const startMs = performance.now();
  const staging = await createStaging(store);
  try {
    const limits = limitTo(staging, options.limits);
    const unpack = isDirectory ? readDirectoryLayer : readTarLayer;
    const { id, sizeBytes } = await withStaging(staging, (fds) => unpack(source, { ...fds, limits }));
    const record = buildRecord(reference, config, [{ id, sizeBytes }]);
    await store.exclusive(async () => {
      await commitLayer(store, staging, id);
      await writeImageRecord(store, record);
    });
    log('%s: layer %s, %d bytes in %d ms', reference, id, sizeBytes, Math.round(performance.now() - startMs));
    return record;
  } catch (error) {
    throw explain(error, options.path);
  } finally {
    await removeTree(staging.path);
  }
}

/** The real path: the name given may be a symlink, which must not become the root. */
async function findSource(
  path: string,
  store: ImageStore,
): Promise<{ source: string; isDirectory: boolean }> {
  const source = await realpath(path).catch((cause) => {
    throw new PeapodError('PEAPOD_NOT_FOUND', `Cannot import "${path}": ${cause.code}`, {
      cause,
      details: { path },
    });
  });
  const isDirectory = (await stat(source)).isDirectory();
  const fromSource = relative(source, await realpath(store.stateDirectory));
  if (isDirectory && fromSource !== '..' && !fromSource.startsWith('../')) throw containsStore(path);
  return { source, isDirectory };
}

function containsStore(path: string): PeapodError {
  return new PeapodError('PEAPOD_USAGE', `Cannot import "${path}": peapod's own state is in it`, {
    hint: 'The image `host` is the host itself.',
  });
}

function limitTo(staging: Staging, wanted: Partial<Limits> = {}): Limits {
  const { bavail, bsize } = statfsSync(staging.path);
  const limits = { ...defaultLimits, ...wanted };
  return { ...limits, unpackedBytes: Math.min(limits.unpackedBytes, Math.floor(bavail * bsize * freeShare)) };
}

async function withStaging(
  staging: Staging,
  unpack: (fds: { rootFd: number; trashFd: number }) => Promise<Unpacked>,
): Promise<Unpacked> {
  const root = await open(staging.files, directoryFlags);
  try {
    const trash = await open(staging.trash, directoryFlags);
    try {
      return await unpack({ rootFd: root.fd, trashFd: trash.fd });
    } finally {
      await trash.close();
    }
  } finally {
    await root.close();
  }
}

/** Names what could not be imported: readers of an archive know only of its entries, system calls of a path inside. */
function explain(error: unknown, path: string): unknown {
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
