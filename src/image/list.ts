import { hostImage, pauseReference } from './builtin.js';
import { namesOf } from './find-image.js';
import { ensurePauseImage } from './pause-image.js';
import { type ImageRecord, sortedRecords } from './record.js';
import type { ImageStore } from './store.js';

export interface ImageListing {
  /** In full, for example `docker.io/library/nginx:latest`. */
  readonly reference: string;
  /** All names of this image, this one included. */
  readonly names: readonly string[];
  /** `sha256:<64 hex digits>`, or `host`. */
  readonly id: string;
  /** What a registry knows it by: of the index it came from, or of its manifest; '' for the host. */
  readonly digest: string;
  /** RFC 3339, when it was built; '' for what is built in, or does not say. */
  readonly createdAt: string;
  /** Of its unpacked layers, those it shares with other images included. */
  readonly sizeBytes: number;
  /** Of its layers' blobs. */
  readonly blobBytes: number;
  readonly isBuiltIn: boolean;
}

const hostListing: ImageListing = {
  reference: hostImage.reference,
  names: [hostImage.reference],
  id: hostImage.id,
  digest: '',
  createdAt: '',
  sizeBytes: 0,
  blobBytes: 0,
  isBuiltIn: true,
};

/** All images by name, a row for each name; those that are built in last. */
export async function listImages(store: ImageStore): Promise<ImageListing[]> {
  const pause = await ensurePauseImage(store);
  const others = sortedRecords(store).filter(({ reference }) => reference !== pauseReference);
  const rows = others.map((record) => ({ ...summarizeImage(record), names: namesOf(store, record.id) }));
  return [...rows, hostListing, { ...summarizeImage(pause), createdAt: '', isBuiltIn: true }];
}

/** What a list shows of an image, for example of one that `importImage` has just made. */
export function summarizeImage(record: ImageRecord): ImageListing {
  const { reference, id, manifest, indexDigest, createdAt, layers } = record;
  return {
    reference,
    names: [reference],
    id,
    digest: indexDigest ?? manifest,
    createdAt,
    sizeBytes: layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
    blobBytes: layers.reduce((sum, layer) => sum + layer.blobBytes, 0),
    isBuiltIn: false,
  };
}
