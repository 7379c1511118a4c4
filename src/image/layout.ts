import { type Digest, digestHex } from './digest.js';

/** The files of an OCI image layout… */
export const layoutMarker = 'oci-layout';
export const layoutIndex = 'index.json';
/** …and the one that says what an archive of `docker save` has. */
export const dockerManifest = 'manifest.json';

/** Containerd and docker write the whole name of an image here… */
export const nameAnnotation = 'io.containerd.image.name';
/** …and here the tag alone, where podman and skopeo write the name. */
export const referenceAnnotation = 'org.opencontainers.image.ref.name';

/** Where a layout keeps a blob. */
export function blobName(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}
