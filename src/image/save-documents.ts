import type { Digest } from './digest.js';
import { encodeDocument } from './document.js';
import { blobName, nameAnnotation, referenceAnnotation } from './layout.js';
import { mediaTypes } from './manifest.js';
import type { ImageRecord } from './record.js';
import { familiarName, parseReference } from './reference.js';

/** An image to be saved. */
export interface SavedImage {
  readonly record: Pick<ImageRecord, 'manifest' | 'manifestType' | 'id' | 'layers'>;
  /** Bytes of its manifest. */
  readonly manifestBytes: number;
  /** The full reference by which it was asked for; undefined when that was its id. */
  readonly name: string | undefined;
}

export function buildLayoutMarker(): Buffer {
  return encodeDocument({ imageLayoutVersion: '1.0.0' });
}

/** index.json of an OCI layout: an entry for each name, which containerd and docker read there, podman and skopeo here. */
export function buildLayoutIndex(images: readonly SavedImage[]): Buffer {
  const manifests = images.map(({ record, manifestBytes, name }) => ({
    mediaType: record.manifestType,
    digest: record.manifest,
    size: manifestBytes,
    ...(name !== undefined && {
      annotations: { [nameAnnotation]: name, [referenceAnnotation]: name },
    }),
  }));
  return encodeDocument({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}

/** manifest.json of `docker save`: an entry for each image, with the paths of the layout's blobs. */
export function buildDockerManifest(images: readonly SavedImage[]): Buffer {
  const entries = new Map<Digest, { Config: string; RepoTags: string[] | null; Layers: string[] }>();
  for (const { record, name } of images) {
    const Layers = record.layers.map(({ digest }) => blobName(digest));
    const entry = entries.get(record.manifest) ?? { Config: blobName(record.id), RepoTags: null, Layers };
    const tags = [...(entry.RepoTags ?? []), ...tagsOf(name)];
    entries.set(record.manifest, { ...entry, RepoTags: tags.length === 0 ? null : tags });
  }
  return encodeDocument([...entries.values()]);
}

/** As docker shows it; a name with a digest is no tag. */
function tagsOf(name: string | undefined): string[] {
  const reference = name === undefined ? undefined : parseReference(name);
  return reference === undefined || reference.digest !== undefined ? [] : [familiarName(reference)];
}
