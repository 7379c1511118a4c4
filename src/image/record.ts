import { randomUUID } from 'node:crypto';
import { readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.js';
import { digest as sha256 } from '../kernel/digest.js';
import { readRecord, syncDirectory, writeRecord } from '../kernel/durable-file.js';
import { debug } from '../log.js';
import type { ImageConfig } from './config.js';
import { type Digest, isDigest } from './digest.js';
import { isObject } from './document.js';
import { explainStorage } from './storage-error.js';
import type { ImageStore } from './store.js';

export interface LayerRecord {
  /** Of the tar stream: names the unpacked layer. */
  readonly diffId: Digest;
  /** Of the blob, as it came. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly blobBytes: number;
  /** Bytes of its files. */
  readonly sizeBytes: number;
}

/** An image under one of its names. Two names of one image are two records that name the same blobs. */
export interface ImageRecord {
  readonly version: 2;
  /** In full, for example `docker.io/library/nginx:latest`. */
  readonly reference: string;
  readonly manifest: Digest;
  readonly manifestType: string;
  /** Of the index it was chosen from, if it was. */
  readonly indexDigest?: Digest | undefined;
  /** It came from the registry that its reference names. */
  readonly isPulled: boolean;
  /** The digest of its configuration. */
  readonly id: Digest;
  /** RFC 3339, when it was built; '' if its configuration does not say. */
  readonly createdAt: string;
  /** RFC 3339, when it came here. */
  readonly storedAt: string;
  readonly config: ImageConfig;
  /** Bottom first, as OCI images list them. */
  readonly layers: readonly LayerRecord[];
}

const log = debug('image');

/** Writes a record, in place of the one of that name; a power failure leaves the old one or the new one. */
export async function writeImageRecord(store: ImageStore, record: ImageRecord): Promise<void> {
  const temporary = join(store.temporary, randomUUID());
  try {
    await writeRecord(recordPath(store, record.reference), record, { isDurable: true, temporary });
  } catch (error) {
    throw explainStorage(error, `record image ${record.reference}`);
  }
  store.records.set(record.reference, record);
  for (const { diffId } of record.layers) store.offered.add(diffId);
}

export async function removeImageRecord(store: ImageStore, reference: string): Promise<void> {
  await unlink(recordPath(store, reference));
  store.records.delete(reference);
  await syncDirectory(store.names);
}

/** All records, by name. */
export function sortedRecords(store: ImageStore): ImageRecord[] {
  return [...store.records.values()].sort((a, b) => (a.reference < b.reference ? -1 : 1));
}

/** Reads all records into memory. One that is damaged, or of another version, is put aside: its image is not here. */
export async function loadImageRecords(store: ImageStore): Promise<void> {
  for (const name of await readdir(store.names)) {
    const path = join(store.names, name);
    const record = name.endsWith('.json') ? await readImageRecord(path) : undefined;
    if (record !== undefined) store.records.set(record.reference, record);
    else if (name.endsWith('.json')) await rename(path, `${path}.aside`);
  }
}

async function readImageRecord(path: string): Promise<ImageRecord | undefined> {
  try {
    const record = await readRecord(path);
    if (isRecord(record)) return record;
    log('%s: the record is of another version and is put aside', path);
  } catch (error) {
    if (!hasCode(error, 'PEAPOD_STATE_CORRUPT')) throw error;
    log('%s: put aside: %s', path, (error as Error).message);
  }
  return undefined;
}

/** A reference may be longer than a file name may be, and has slashes. */
function recordPath(store: ImageStore, reference: string): string {
  return join(store.names, `${sha256(reference)}.json`);
}

/** Its digest was right: what is of our version is as we wrote it. What becomes part of a path is looked at again. */
function isRecord(value: unknown): value is ImageRecord {
  if (!isObject(value) || value.version !== 2) return false;
  const { manifest, id, layers } = value;
  return isDigest(manifest) && isDigest(id) && Array.isArray(layers) && layers.every(isLayerRecord);
}

function isLayerRecord(value: unknown): value is LayerRecord {
  return isObject(value) && isDigest(value.diffId) && isDigest(value.digest);
}
