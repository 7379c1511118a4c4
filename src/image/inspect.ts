import { encodeConfig } from './build-image.js';
import { hostImage, isReserved } from './builtin.js';
import { damagedParts } from './damage.js';
import { namesOf } from './find-image.js';
import { summarizeImage } from './list.js';
import type { ImageRecord, LayerRecord } from './record.js';
import { familiarName, parseReference } from './reference.js';
import { findRecord, isHost, repoDigestOf } from './resolve.js';
import type { ImageStore } from './store.js';

/** An image in the words of `docker image inspect`, and in `Peapod` what only we have to say of it. */
export interface ImageInspection {
  /** `sha256:<64 hex digits>`, or `host`. */
  readonly Id: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  /** RFC 3339, as the image says; '' if it does not. */
  readonly Created: string;
  readonly Architecture: string;
  readonly Os: string;
  /** Bytes of its unpacked layers. */
  readonly Size: number;
  /** In OCI's words; what the image does not say is absent. */
  readonly Config: Readonly<Record<string, unknown>>;
  /** Diff ids, bottom first. */
  readonly RootFS: { readonly Type: 'layers'; readonly Layers: readonly string[] };
  readonly Peapod: {
    /** In full. */
    readonly Names: readonly string[];
    readonly IsBuiltIn: boolean;
    /** RFC 3339, when it came here. */
    readonly StoredAt: string;
    /** Of the manifest; '' for the host. */
    readonly ManifestDigest: string;
    /** Bytes of its layers' blobs. */
    readonly BlobBytes: number;
    readonly Layers: readonly LayerRecord[];
    /** Blobs and layers that a check found damaged. */
    readonly Damaged: readonly string[];
  };
}

/** All there is to know of an image, by one of its names or its id. Throws as `resolveImage` does, but not for damage. */
export async function inspectImage(store: ImageStore, text: string): Promise<ImageInspection> {
  if (isHost(text)) return inspectHost();
  const record = await findRecord(store, text);
  const damaged = damagedParts(store, record);
  const names = namesOf(store, record.id);
  const { sizeBytes, blobBytes } = summarizeImage(record);
  return {
    Id: record.id,
    RepoTags: names
      .map((name) => parseReference(name))
      .filter(({ digest }) => digest === undefined)
      .map(familiarName),
    RepoDigests: repoDigests(names.flatMap((name) => store.records.get(name) ?? [])),
    Created: record.createdAt,
    Architecture: 'amd64',
    Os: 'linux',
    Size: sizeBytes,
    Config: encodeConfig(record.config),
    RootFS: { Type: 'layers', Layers: record.layers.map(({ diffId }) => diffId) },
    Peapod: {
      Names: names,
      IsBuiltIn: isReserved(record.reference),
      StoredAt: record.storedAt,
      ManifestDigest: record.manifest,
      BlobBytes: blobBytes,
      Layers: record.layers,
      Damaged: damaged,
    },
  };
}

function repoDigests(records: readonly ImageRecord[]): string[] {
  const digests = records.filter(({ isPulled }) => isPulled).map(repoDigestOf);
  return [...new Set(digests)].map((text) => familiarName(parseReference(text)));
}

function inspectHost(): ImageInspection {
  return {
    Id: hostImage.id,
    RepoTags: [familiarName(parseReference(hostImage.reference))],
    RepoDigests: [],
    Created: '',
    Architecture: 'amd64',
    Os: 'linux',
    Size: 0,
    Config: encodeConfig(hostImage.config),
    RootFS: { Type: 'layers', Layers: [] },
    Peapod: {
      Names: [hostImage.reference],
      IsBuiltIn: true,
      StoredAt: '',
      ManifestDigest: '',
      BlobBytes: 0,
      Layers: [],
      Damaged: [],
    },
  };
}
