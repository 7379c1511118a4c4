import { readBlob } from './blob.js';
import { checkNotReserved } from './builtin.js';
import { letGo } from './collect.js';
import type { Descriptor } from './descriptor.js';
import { type Digest, digestOf } from './digest.js';
import { invalidDocument, maxDocumentBytes } from './document.js';
import { ensureBlob } from './ensure-blob.js';
import { installLayers } from './install-layers.js';
import type { Limits } from './limits.js';
import { type Manifest, parseManifest } from './manifest.js';
import { type ConfigDocument, parseConfig } from './parse-config.js';
import { type ImageRecord, writeImageRecord } from './record.js';
import { formatReference, parseReference } from './reference.js';
import type { ImageSource, SourceManifest } from './source.js';
import type { ImageStore } from './store.js';

/** How far one layer of an image is. */
export interface Progress {
  /** Of the layer's blob. */
  readonly digest: string;
  readonly phase: 'waiting' | 'downloading' | 'extracting' | 'exists' | 'done';
  /** Bytes of the blob. */
  readonly current: number;
  readonly total: number;
}

export interface InstallOptions {
  /** As users write it; a name that is taken is given to the new image. */
  readonly reference: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** It comes from the registry that its name says: what that knows it by is kept. */
  readonly isPulled?: boolean | undefined;
  /** Of each layer. */
  readonly limits?: Partial<Limits> | undefined;
}

/**
 * Takes an image into the store, under a name. All that comes from `source` is checked: digests and sizes as it
 * arrives, documents before anything is done by them, each layer's content against the configuration. All of it is in
 * the store afterwards or nothing; aborted, it rejects with the signal's reason. The source stays open.
 * Throws PEAPOD_IMAGE_INVALID, PEAPOD_UNSUPPORTED, PEAPOD_CONFLICT, SystemError, or what the source throws.
 */
export async function installImage(
  store: ImageStore,
  source: ImageSource,
  options: InstallOptions,
): Promise<ImageRecord> {
  const reference = formatReference(parseReference(options.reference));
  checkNotReserved(reference);
  return await installNamed(store, source, { ...options, reference });
}

/** The same for a full reference, which may be one of those that are built in. */
export async function installNamed(
  store: ImageStore,
  source: ImageSource,
  options: InstallOptions,
): Promise<ImageRecord> {
  const lease = store.leases.take();
  try {
    const { signal, reference } = options;
    const manifest = await source.manifest(signal);
    const parts = readManifest(manifest);
    lease.hold(manifest.digest, parts.config.digest, ...parts.layers.map(({ digest }) => digest));
    const document = await takeConfig(store, source, { config: parts.config, signal });
    lease.hold(...document.diffIds);
    await takeManifest(store, manifest, signal);
    const layers = await installLayers(store, source, { ...options, pairs: pairUp(parts, document) });
    const record: ImageRecord = {
      version: 2,
      reference,
      manifest: manifest.digest,
      manifestType: parts.mediaType,
      indexDigest: manifest.indexDigest,
      isPulled: options.isPulled ?? false,
      id: parts.config.digest,
      createdAt: document.created,
      storedAt: new Date().toISOString(),
      config: document.config,
      layers,
    };
    await store.exclusive(() => writeImageRecord(store, record));
    return record;
  } finally {
    await letGo(store, lease);
  }
}

function readManifest({ bytes, mediaType, digest }: SourceManifest): Manifest {
  if (digestOf(bytes) !== digest) throw invalidDocument('manifest', `its digest is not ${digest}`);
  const manifest = parseManifest(bytes, mediaType);
  if (manifest.layers.length === 0)
    throw invalidDocument('manifest.layers', 'it is empty: nothing could run');
  if (manifest.config.size > maxDocumentBytes) {
    throw invalidDocument('manifest.config.size', `it is larger than ${maxDocumentBytes} bytes`);
  }
  return manifest;
}

async function takeManifest(
  store: ImageStore,
  { bytes, digest }: SourceManifest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const descriptor = { mediaType: '', digest, size: bytes.length };
  await ensureBlob(store, descriptor, { fetch: (target) => target.write(bytes), signal });
}

async function takeConfig(
  store: ImageStore,
  source: ImageSource,
  { config, signal }: { readonly config: Descriptor; readonly signal: AbortSignal | undefined },
): Promise<ConfigDocument> {
  await ensureBlob(store, config, { fetch: (target) => source.fetchBlob(config, target, signal), signal });
  return parseConfig(await readBlob(store, config.digest));
}

function pairUp({ layers }: Manifest, { diffIds }: ConfigDocument): { layer: Descriptor; diffId: Digest }[] {
  if (layers.length === diffIds.length) {
    return layers.map((layer, index) => ({ layer, diffId: diffIds[index] as Digest }));
  }
  throw invalidDocument(
    'config.rootfs.diff_ids',
    `it has ${diffIds.length} members for ${layers.length} layers`,
  );
}
