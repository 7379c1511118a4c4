import { statfsSync } from 'node:fs';
import { PeapodError } from '../errors.js';
import { removeTree } from '../kernel/remove-tree.js';
import { debug } from '../log.js';
import { blobPath } from './blob.js';
import type { Digest } from './digest.js';
import { commitLayer, createStaging, type PresentLayer } from './layer.js';
import { defaultLimits, type Limits } from './limits.js';
import { explainStorage } from './storage-error.js';
import type { ImageStore } from './store.js';
import { whenTurnComes } from './turn.js';
import { type UnpackedLayer, unpackLayer } from './unpack/unpack-layer.js';

export interface UnpackOptions {
  readonly limits?: Partial<Limits> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told the bytes read of the blob so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

const log = debug('image');

/** Of the free space at most this part is filled, so that no image takes the last of it. */
const freeShare = 0.8;

/**
 * Sees to it that a layer whose blob is here is unpacked, once for all who ask. That the blob is this layer's is taken
 * from nobody: either an image that is here has both, or it is unpacked and looked at. Throws PEAPOD_IMAGE_INVALID.
 */
export function ensureLayer(
  store: ImageStore,
  { diffId, digest }: { readonly diffId: Digest; readonly digest: Digest },
  options: UnpackOptions = {},
): Promise<PresentLayer> {
  const inTurn = <T>(task: () => Promise<T>) => store.turns.run(`layer ${diffId}`, task);
  return whenTurnComes(
    inTurn,
    async () => {
      const present = store.damagedLayers.has(diffId) ? undefined : store.unpacked.get(diffId);
      if (present !== undefined && isKnown(store, present, digest)) return present;
      return await unpackBlob(store, digest, { ...options, diffId });
    },
    options.signal,
  );
}

/** Unpacks a blob as a layer of the store; one that turns out to be other than `diffId`, if that is given, is refused. */
export async function unpackBlob(
  store: ImageStore,
  blob: Digest,
  options: UnpackOptions & { readonly diffId?: Digest },
): Promise<PresentLayer> {
  const startMs = performance.now();
  const staging = await createStaging(store);
  try {
    const unpacked = await unpack(store, blob, { ...options, directory: staging.files });
    const { diffId, sizeBytes } = unpacked;
    if (diffId !== (options.diffId ?? diffId)) throw otherContent(blob, options.diffId ?? diffId, diffId);
    log('layer %s: %d bytes in %d ms', diffId, sizeBytes, Math.round(performance.now() - startMs));
    return commitLayer(store, staging, { ...unpacked, blob });
  } catch (error) {
    throw explainStorage(error, `unpack layer ${options.diffId ?? blob}`);
  } finally {
    await removeTree(staging.path);
  }
}

/** Unpacks a blob into an empty directory. */
export function unpack(
  store: ImageStore,
  blob: Digest,
  { directory, limits, signal, onProgress }: UnpackOptions & { readonly directory: string },
): Promise<UnpackedLayer> {
  return unpackLayer({
    blobPath: blobPath(store, blob),
    directory,
    limits: limitTo(directory, limits),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
}

function isKnown({ records }: ImageStore, present: PresentLayer, digest: Digest): boolean {
  if (present.blob === digest) return true;
  return [...records.values()].some(({ layers }) =>
    layers.some((layer) => layer.diffId === present.diffId && layer.digest === digest),
  );
}

/** The limits of one layer: those wanted, and what the disk has left. */
export function limitTo(directory: string, wanted: Partial<Limits> = {}): Limits {
  const { bavail, bsize } = statfsSync(directory);
  const limits = { ...defaultLimits, ...wanted };
  return { ...limits, unpackedBytes: Math.min(limits.unpackedBytes, Math.floor(bavail * bsize * freeShare)) };
}

function otherContent(blob: Digest, expected: Digest, actual: Digest): PeapodError {
  return new PeapodError(
    'PEAPOD_IMAGE_INVALID',
    `Cannot use layer ${blob}: its content has digest ${actual}, its image says ${expected}`,
    { details: { digest: blob } },
  );
}
