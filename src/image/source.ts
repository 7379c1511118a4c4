import type { BlobTarget } from './blob.js';
import type { Descriptor } from './descriptor.js';
import type { Digest } from './digest.js';

/** The manifest of one image, as it came. */
export interface SourceManifest {
  readonly bytes: Buffer;
  /** What came with it: a header, or the descriptor's; '' if nothing did. */
  readonly mediaType: string;
  /** Of `bytes`. */
  readonly digest: Digest;
  /** Of the index the manifest was chosen from, if it was: what `name@digest` may name as well. */
  readonly indexDigest?: Digest;
}

/** Where an image comes from: a registry, an archive, a directory. */
export interface ImageSource {
  /** The manifest's own bytes (of an index: already the one for this platform), their digest verified. */
  manifest(signal?: AbortSignal): Promise<SourceManifest>;
  /** Writes the blob's bytes into `target`, which verifies digest and size while streaming; resumes and retries inside. */
  fetchBlob(descriptor: Descriptor, target: BlobTarget, signal?: AbortSignal): Promise<void>;
  close?(): Promise<void>;
}
