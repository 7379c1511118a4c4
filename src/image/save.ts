import { createHash } from 'node:crypto';
import { PeapodError } from '../errors.js';
import { openBlob, readBlob } from './blob.js';
import { letGo } from './collect.js';
import type { Digest } from './digest.js';
import type { Entry } from './entry.js';
import { isWholeId } from './find-image.js';
import { blobName, dockerManifest, layoutIndex, layoutMarker } from './layout.js';
import type { ImageRecord } from './record.js';
import { formatReference, parseReference } from './reference.js';
import { readChunks } from './regular-file.js';
import { findRecord, isHost } from './resolve.js';
import {
  buildDockerManifest,
  buildLayoutIndex,
  buildLayoutMarker,
  type SavedImage,
} from './save-documents.js';
import type { ImageStore } from './store.js';
import { plainBytes, plainDirectory, plainFile } from './tar/plain-entry.js';
import { writeTar } from './tar/writer.js';

/** An OCI layout that docker reads, too; or only what `docker load` asks for. */
export type ArchiveFormat = 'oci-archive' | 'docker-archive';

export interface SaveOptions {
  readonly format?: ArchiveFormat | undefined;
  readonly signal?: AbortSignal | undefined;
}

const chunkBytes = 256 * 1024;

/**
 * The bytes of an archive of images, named as users name them: their blobs as the store has them, each once, and what
 * says which image is made of which. The same images are the same bytes. What is not what its digest says ends it with
 * PEAPOD_IMAGE_INVALID. Throws PEAPOD_IMAGE_MISSING, and PEAPOD_UNSUPPORTED for the host.
 */
export async function* saveImages(
  store: ImageStore,
  references: readonly string[],
  { format = 'oci-archive', signal }: SaveOptions = {},
): AsyncGenerator<Buffer> {
  const lease = store.leases.take();
  try {
    const images: SavedImage[] = [];
    const blobs = new Map<Digest, number>();
    for (const reference of references) {
      const { record, name } = await findSaved(store, reference);
      if (images.some((other) => other.record === record && other.name === name)) continue;
      lease.hold(record.manifest, record.id, ...record.layers.map(({ digest }) => digest));
      const manifest = await readBlob(store, record.manifest);
      const config = await readBlob(store, record.id);
      images.push({ record, name, manifestBytes: manifest.length });
      blobs.set(record.manifest, manifest.length).set(record.id, config.length);
      for (const { digest, blobBytes } of record.layers) blobs.set(digest, blobBytes);
    }
    for await (const chunk of writeTar(buildEntries(store, { images, blobs, format }))) {
      signal?.throwIfAborted();
      yield chunk;
    }
  } finally {
    await letGo(store, lease);
  }
}

async function findSaved(
  store: ImageStore,
  text: string,
): Promise<{ record: ImageRecord; name: string | undefined }> {
  if (isHost(text)) {
    throw new PeapodError('PEAPOD_UNSUPPORTED', `Cannot save image "${text}": it is the host itself`);
  }
  const record = await findRecord(store, text);
  const isNamed = !isWholeId(text) && formatReference(parseReference(text)) === record.reference;
  return { record, name: isNamed ? record.reference : undefined };
}

async function* buildEntries(
  store: ImageStore,
  { images, blobs, format }: { images: SavedImage[]; blobs: Map<Digest, number>; format: ArchiveFormat },
): AsyncGenerator<Entry> {
  if (format === 'oci-archive') {
    yield plainBytes(layoutMarker, buildLayoutMarker());
    yield plainBytes(layoutIndex, buildLayoutIndex(images));
  }
  yield plainBytes(dockerManifest, buildDockerManifest(images));
  yield plainDirectory('blobs');
  yield plainDirectory('blobs/sha256');
  for (const [digest, size] of [...blobs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield plainFile(blobName(digest), size, readVerified(store, digest));
  }
}

async function* readVerified(store: ImageStore, digest: Digest): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const file = await openBlob(store, digest);
  try {
    for await (const chunk of readChunks(file, chunkBytes)) {
      hash.update(chunk);
      yield chunk;
    }
  } finally {
    await file.close();
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw damaged(digest);
}

function damaged(digest: Digest): PeapodError {
  return new PeapodError('PEAPOD_IMAGE_INVALID', `Cannot save blob ${digest}: it is damaged on the disk`, {
    hint: '`peapod pull`, `load` or `import` its image again.',
    details: { digest },
  });
}
