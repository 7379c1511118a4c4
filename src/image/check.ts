import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { removeTree } from '../kernel/remove-tree.js';
import { blobPath } from './blob.js';
import { neededBy } from './collect.js';
import type { Digest } from './digest.js';
import { unpack } from './ensure-layer.js';
import { createStaging, layerFiles } from './layer.js';
import { type ImageRecord, type LayerRecord, sortedRecords } from './record.js';
import { explainStorage } from './storage-error.js';
import type { ImageStore } from './store.js';
import { findDifference } from './tree-difference.js';

const chunkBytes = 256 * 1024;

/** Something that is not as it was when it came here. */
export interface Damage {
  readonly kind: 'blob' | 'layer';
  /** Of the blob; the layer's diff id. */
  readonly digest: Digest;
  /** For example `"etc/passwd": its content differs`. */
  readonly why: string;
  /** The images that need it, in full. */
  readonly references: readonly string[];
}

export interface CheckReport {
  /** How many were looked at. */
  readonly blobs: number;
  readonly layers: number;
  readonly damage: readonly Damage[];
}

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told each blob or layer, by its digest, before it is looked at. */
  readonly onProgress?: ((digest: Digest) => void) | undefined;
}

/**
 * Reads all blobs that images need and compares them with their digests, unpacks each layer anew and compares the trees.
 * What is damaged is remembered: its images are refused until the same content is installed again, which makes it
 * anew. A layer whose blob is damaged cannot be compared, and counts as damaged.
 */
export async function checkImages(store: ImageStore, options: CheckOptions = {}): Promise<CheckReport> {
  const lease = store.leases.take();
  try {
    const records = sortedRecords(store);
    const blobs = [...new Set(records.flatMap(blobsOf))];
    const layers = layersOf(records);
    lease.hold(...blobs, ...layers.keys());
    const damage: Damage[] = [];
    const report = (kind: Damage['kind'], digest: Digest, why: string | undefined) => {
      if (why !== undefined) damage.push({ kind, digest, why, references: needing(records, digest) });
    };
    for (const digest of blobs) report('blob', digest, await checkBlob(store, digest, options));
    for (const [diffId, sources] of layers) {
      report('layer', diffId, await checkLayer(store, sources, options));
    }
    return { blobs: blobs.length, layers: layers.size, damage };
  } finally {
    lease.release();
  }
}

function blobsOf({ manifest, id, layers }: ImageRecord): Digest[] {
  return [manifest, id, ...layers.map(({ digest }) => digest)];
}

/** By diff id: images may have got one from several blobs. */
function layersOf(records: readonly ImageRecord[]): Map<Digest, LayerRecord[]> {
  const layers = new Map<Digest, LayerRecord[]>();
  for (const layer of records.flatMap((record) => record.layers)) {
    layers.set(layer.diffId, [...(layers.get(layer.diffId) ?? []), layer]);
  }
  return layers;
}

function needing(records: readonly ImageRecord[], digest: Digest): string[] {
  return records.filter((record) => neededBy([record]).has(digest)).map(({ reference }) => reference);
}

async function checkBlob(
  store: ImageStore,
  digest: Digest,
  options: CheckOptions,
): Promise<string | undefined> {
  options.signal?.throwIfAborted();
  options.onProgress?.(digest);
  const why = await compareDigest(store, digest, options.signal);
  if (why !== undefined) store.damagedBlobs.set(digest);
  return why;
}

async function compareDigest(
  store: ImageStore,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(blobPath(store, digest), {
      highWaterMark: chunkBytes,
      signal,
    })) {
      hash.update(chunk);
    }
  } catch (error) {
    return unreadable(error);
  }
  return `sha256:${hash.digest('hex')}` === digest ? undefined : 'its content differs';
}

async function checkLayer(
  store: ImageStore,
  sources: readonly LayerRecord[],
  { signal, onProgress }: CheckOptions,
): Promise<string | undefined> {
  const [{ diffId }] = sources as [LayerRecord];
  // One that is not here will be unpacked from its blob.
  if (!store.unpacked.has(diffId)) return undefined;
  onProgress?.(diffId);
  const source = sources.find(({ digest }) => !store.damagedBlobs.has(digest));
  const why = source === undefined ? 'its blob is damaged' : await compareFiles(store, source, signal);
  if (why !== undefined) store.damagedLayers.set(diffId);
  return why;
}

async function compareFiles(
  store: ImageStore,
  { diffId, digest }: LayerRecord,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const staging = await createStaging(store);
  try {
    await unpack(store, digest, { directory: staging.files, signal });
    return await findDifference(staging.files, layerFiles(store, diffId)).catch(unreadable);
  } catch (error) {
    throw explainStorage(error, `check layer ${diffId}`);
  } finally {
    await removeTree(staging.path);
  }
}

/** What the disk refuses, or gives in another form than it was asked for, is damage, too. */
function unreadable(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || code === 'ABORT_ERR') throw error;
  return `it cannot be read (${code})`;
}
