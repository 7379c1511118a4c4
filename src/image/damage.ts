import type { Digest } from './digest.js';
import type { ImageRecord } from './record.js';
import type { ImageStore } from './store.js';

/** What of an image is known to be damaged: blobs, and layers by their diff ids. */
export function damagedParts(
  { damagedBlobs, damagedLayers }: ImageStore,
  { manifest, id, layers }: ImageRecord,
): Digest[] {
  if (damagedBlobs.isEmpty && damagedLayers.isEmpty) return [];
  const blobs = [manifest, id, ...layers.map(({ digest }) => digest)];
  const diffIds = layers.map(({ diffId }) => diffId);
  return [
    ...blobs.filter((digest) => damagedBlobs.has(digest)),
    ...diffIds.filter((diffId) => damagedLayers.has(diffId)),
  ];
}
