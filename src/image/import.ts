import { createOwnBlobWriter } from './blob-writer.js';
import { type BuiltLayer, buildImage } from './build-image.js';
import { checkNotReserved } from './builtin.js';
import { applyChange } from './change.js';
import { letGo } from './collect.js';
import { layerMediaType } from './compression.js';
import { emptyConfig } from './config.js';
import { limitTo, unpackBlob } from './ensure-layer.js';
import { explainImport, openImportSource } from './import-source.js';
import { installImage } from './install.js';
import type { Lease } from './leases.js';
import type { Limits } from './limits.js';
import { mediaTypes } from './manifest.js';
import type { ImageRecord } from './record.js';
import { formatReference, parseReference } from './reference.js';
import type { ImageStore } from './store.js';

export interface ImportImageOptions {
  /** A root file system: a directory, or a tarball, plain or compressed with gzip or zstd. */
  readonly path: string;
  /** As users write it: `nginx` is `docker.io/library/nginx:latest`. */
  readonly name: string;
  /** docker's `--change` lines, applied in order. */
  readonly changes?: readonly string[];
  readonly limits?: Partial<Limits>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes an image of one layer from a root file system, under a name; a name that is taken is given to the new image.
 * A tarball's own bytes become the blob, of a directory a tarball is made. Either all of it is in the store afterwards
 * or nothing. The same content is stored once.
 * Throws PEAPOD_IMAGE_INVALID, PEAPOD_UNSUPPORTED, PEAPOD_USAGE, PEAPOD_NOT_FOUND, PEAPOD_CONFLICT or SystemError.
 */
export async function importImage(store: ImageStore, options: ImportImageOptions): Promise<ImageRecord> {
  const reference = formatReference(parseReference(options.name));
  checkNotReserved(reference);
  const config = (options.changes ?? []).reduce(applyChange, emptyConfig);
  const lease = store.leases.take();
  try {
    const layer = await takeLayer(store, options, lease);
    const image = buildImage({ config, created: new Date().toISOString(), layer });
    return await installImage(store, image, { ...options, reference });
  } catch (error) {
    throw explainImport(error, options.path);
  } finally {
    await letGo(store, lease);
  }
}

async function takeLayer(store: ImageStore, options: ImportImageOptions, lease: Lease): Promise<BuiltLayer> {
  const blob = await takeBlob(store, options, lease);
  const { diffId } = await unpackBlob(store, blob.digest, options);
  lease.hold(diffId);
  return { ...blob, diffId };
}

async function takeBlob(
  store: ImageStore,
  { path, limits, signal }: ImportImageOptions,
  lease: Lease,
): Promise<Omit<BuiltLayer, 'diffId'>> {
  const writer = createOwnBlobWriter(store, limitTo(store.temporary, limits).unpackedBytes);
  let mediaType = '';
  try {
    for await (const chunk of await openImportSource(store, path)) {
      signal?.throwIfAborted();
      mediaType ||= layerMediaType(chunk);
      await writer.write(chunk);
    }
    const name = writer.name();
    lease.hold(name.digest);
    await writer.commit();
    return { ...name, mediaType: mediaType || mediaTypes.ociLayer };
  } finally {
    await writer.discard();
  }
}
