import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, PeapodError } from '../errors.js';
import { type Digest, digestHex } from './digest.js';
import type { ImageStore } from './store.js';

/** Where a source writes a blob. Chunks are written one after another. */
export interface BlobTarget {
  /** Bytes taken so far. */
  readonly offset: number;
  /** Throws PEAPOD_IMAGE_INVALID when more comes than the descriptor says, SystemError when the disk is full. */
  write(chunk: Buffer): Promise<void>;
  /** Forgets what came. */
  restart(): Promise<void>;
  /** Throws PEAPOD_IMAGE_INVALID unless all has come and is what the descriptor says. */
  verify?(): void;
}

/** Where a blob is, or would be. */
export function blobPath(store: ImageStore, digest: Digest): string {
  return join(store.blobs, digestHex(digest));
}

/** Bytes of a blob that is here, and not known to be damaged; else undefined. */
export async function blobSize(store: ImageStore, digest: Digest): Promise<number | undefined> {
  if (store.damagedBlobs.has(digest)) return undefined;
  try {
    return (await stat(blobPath(store, digest))).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Opens a blob for reading; the descriptor is the caller's. Throws PEAPOD_IMAGE_INVALID if it is missing. */
export async function openBlob(store: ImageStore, digest: Digest): Promise<FileHandle> {
  return await open(blobPath(store, digest), 'r').catch((cause) => {
    throw hasCode(cause, 'ENOENT') ? missingBlob(digest, cause) : cause;
  });
}

/** A small blob, a document, as a whole. Throws PEAPOD_IMAGE_INVALID if it is missing. */
export async function readBlob(store: ImageStore, digest: Digest): Promise<Buffer> {
  return await readFile(blobPath(store, digest)).catch((cause) => {
    throw hasCode(cause, 'ENOENT') ? missingBlob(digest, cause) : cause;
  });
}

function missingBlob(digest: Digest, cause: unknown): PeapodError {
  return new PeapodError('PEAPOD_IMAGE_INVALID', `Cannot read blob ${digest}: it is not in the store`, {
    hint: 'Pull or import the image again.',
    cause,
    details: { digest },
  });
}
