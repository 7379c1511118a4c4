import { hostImage } from './builtin.js';
import { type ImageRecord, readImageRecords } from './record.js';
import type { ImageStore } from './store.js';

export interface ImageListing {
  /** In full, for example `docker.io/library/nginx:latest`. */
  readonly reference: string;
  /** `sha256:<64 hex digits>`, or `host`. */
  readonly id: string;
  /** RFC 3339; '' for what is built in. */
  readonly createdAt: string;
  /** Of its layers, those it shares with other images included. */
  readonly sizeBytes: number;
  readonly isBuiltIn: boolean;
}

/** All images by name, those that are built in last. */
export async function listImages(store: ImageStore): Promise<ImageListing[]> {
  const records = await readImageRecords(store);
  const { reference, id } = hostImage;
  return [...records.map(summarizeImage), { reference, id, createdAt: '', sizeBytes: 0, isBuiltIn: true }];
}

/** What a list shows of an image, for example of one that `importImage` has just made. */
export function summarizeImage({ reference, id, createdAt, layers }: ImageRecord): ImageListing {
  const sizeBytes = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  return { reference, id, createdAt, sizeBytes, isBuiltIn: false };
}
