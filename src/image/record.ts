import { randomUUID } from 'node:crypto';
import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, PeapodError } from '../errors.js';
import { digest } from '../kernel/digest.js';
import { replaceFile, syncDirectory } from '../kernel/durable-file.js';
import type { ImageConfig } from './config.js';
import type { ImageStore } from './store.js';

export interface LayerRecord {
  /** 64 hex digits: the name of its directory. */
  readonly id: string;
  /** Bytes of its files. */
  readonly sizeBytes: number;
}

/** An image under one of its names. Two names of one image are two records that name the same layers. */
export interface ImageRecord {
  readonly version: 1;
  /** In full, for example `docker.io/library/nginx:latest`. */
  readonly reference: string;
  /** `sha256:<64 hex digits>` of the configuration and the layers' ids. */
  readonly id: string;
  /** RFC 3339, when it came here. */
  readonly createdAt: string;
  readonly config: ImageConfig;
  /** Bottom first, as OCI images list them. */
  readonly layers: readonly LayerRecord[];
}

export function buildRecord(
  reference: string,
  config: ImageConfig,
  layers: readonly LayerRecord[],
): ImageRecord {
  const content = JSON.stringify({ config, layers: layers.map(({ id }) => id) });
  const createdAt = new Date().toISOString();
  return { version: 1, reference, id: `sha256:${digest(content)}`, createdAt, config, layers };
}

/** Writes a record, in place of the one of that name; a power failure leaves the old one or the new one. */
export async function writeImageRecord(store: ImageStore, record: ImageRecord): Promise<void> {
  const text = `${JSON.stringify(record, null, 2)}\n`;
  const temporary = join(store.temporary, randomUUID());
  await replaceFile(recordPath(store, record.reference), text, { isDurable: true, temporary });
}

export async function removeImageRecord(store: ImageStore, reference: string): Promise<void> {
  await unlink(recordPath(store, reference));
  await syncDirectory(store.names);
}

/** The record of a full reference; undefined if there is none. */
export async function readImageRecord(
  store: ImageStore,
  reference: string,
): Promise<ImageRecord | undefined> {
  try {
    return await readRecord(recordPath(store, reference));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export async function readImageRecords(store: ImageStore): Promise<ImageRecord[]> {
  const names = await readdir(store.names);
  const records = await Promise.all(names.map((name) => readRecord(join(store.names, name))));
  return records.sort((a, b) => (a.reference < b.reference ? -1 : 1));
}

/** A reference may be longer than a file name may be, and has slashes. */
function recordPath(store: ImageStore, reference: string): string {
  return join(store.names, `${digest(reference)}.json`);
}

async function readRecord(path: string): Promise<ImageRecord> {
  const text = await readFile(path, 'utf8');
  try {
    const record: unknown = JSON.parse(text);
    if (isRecord(record)) return record;
  } catch {}
  throw new PeapodError(
    'PEAPOD_STATE_CORRUPT',
    `Cannot read the image record "${path}": it is not as we write it`,
    {
      hint: 'Remove the file and import the image again.',
      details: { path },
    },
  );
}

function isRecord(value: unknown): value is ImageRecord {
  const { version, reference, id, config, layers } = (value ?? {}) as Partial<ImageRecord>;
  return (
    version === 1 &&
    typeof reference === 'string' &&
    typeof id === 'string' &&
    typeof config === 'object' &&
    Array.isArray(layers) &&
    layers.every((layer) => /^[0-9a-f]{64}$/.test(layer?.id))
  );
}
