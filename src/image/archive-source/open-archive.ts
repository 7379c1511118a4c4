import { realpath, stat } from 'node:fs/promises';
import { PeapodError, SystemError } from '../../errors.js';
import { dockerManifest, layoutMarker } from '../layout.js';
import type { Limits } from '../limits.js';
import type { ArchiveFiles } from './archive-files.js';
import type { ArchivedImage } from './archived-image.js';
import { openDirectoryFiles } from './directory-files.js';
import { listDockerImages } from './docker-images.js';
import { listLayoutImages } from './layout-images.js';
import { openPlainArchive } from './plain-archive.js';
import { openTarFiles } from './tar-files.js';

export interface OpenArchiveOptions {
  readonly limits: Limits;
  /** A directory that can hold what is compressed; nothing stays in it. */
  readonly temporary: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ImageArchive {
  readonly images: readonly ArchivedImage[];
  close(): Promise<void>;
}

/**
 * Opens what has images in it: an archive of `docker save`, old or new, an OCI archive, each compressed or not, or the
 * directory of an OCI layout. Nothing is unpacked, and nothing of the images read but what says what there is.
 * Throws PEAPOD_NOT_FOUND, PEAPOD_IMAGE_INVALID, PEAPOD_UNSUPPORTED or SystemError, all of which name `path`.
 */
export async function openArchive(path: string, options: OpenArchiveOptions): Promise<ImageArchive> {
  try {
    const files = await openFiles(path, options);
    try {
      return { images: await listImages(files), close: () => files.close() };
    } catch (error) {
      await files.close();
      throw error;
    }
  } catch (error) {
    throw explainArchive(error, path);
  }
}

async function openFiles(
  path: string,
  { limits, temporary, signal }: OpenArchiveOptions,
): Promise<ArchiveFiles> {
  const real = await realpath(path).catch((cause) => {
    throw new PeapodError('PEAPOD_NOT_FOUND', `Cannot load "${path}": ${cause.code}`, {
      cause,
      details: { path },
    });
  });
  if ((await stat(real)).isDirectory()) return openDirectoryFiles(real);
  const file = await openPlainArchive(real, { temporary, maxBytes: limits.unpackedBytes, signal });
  try {
    return await openTarFiles(file, limits);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Docker's newer archives are layouts with a manifest.json of the older ones, which says less. */
async function listImages(files: ArchiveFiles): Promise<ArchivedImage[]> {
  const marker = await files.find(layoutMarker);
  if (marker !== undefined) return await listLayoutImages(files, marker);
  const manifest = await files.find(dockerManifest);
  if (manifest !== undefined) return await listDockerImages(files, manifest);
  if ((await files.find('repositories')) !== undefined) throw tooOld();
  throw new PeapodError(
    'PEAPOD_IMAGE_INVALID',
    'it has neither oci-layout nor manifest.json: it is no image archive',
    {
      hint: 'Of a root file system, `peapod import` makes an image.',
    },
  );
}

function tooOld(): PeapodError {
  return new PeapodError(
    'PEAPOD_UNSUPPORTED',
    'it was written by a docker before 1.10, without a manifest.json',
    {
      hint: 'Load it into a current docker and save it from there.',
    },
  );
}

/** Names the archive: readers know only of what is in it. */
export function explainArchive(error: unknown, path: string): unknown {
  if (error instanceof SystemError || !(error instanceof Error)) return error;
  if (error instanceof PeapodError) {
    if (error.message.includes(path)) return error;
    const { code, message, details, hint, cause } = error;
    const why = message.replace(/^Cannot read the (?:archive|image): /, '');
    return new PeapodError(code, `Cannot load "${path}": ${why}`, { details, hint, cause });
  }
  const { code, errno, syscall = '' } = error as NodeJS.ErrnoException;
  if (code === undefined || errno === undefined) return error;
  const action = `load ${path}`;
  return new SystemError(`Cannot load "${path}": ${error.message}`, {
    errno: Math.abs(errno),
    code,
    syscall,
    path,
    action,
  });
}
