import { type Digest, isDigest } from './digest.js';
import { invalidDocument, isObject, memberString } from './document.js';

/** What one document of an image says of another: its kind, its name and its size. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** In an index only. */
  readonly platform?: Platform;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** The largest size of anything that is fetched: 1 TiB. What is here at all is bounded by the disk. */
const maxSize = 2 ** 40;

/**
 * Reads a descriptor; `urls`, annotations and embedded data are not read. `where` is its place in the document, for
 * messages. Throws PEAPOD_IMAGE_INVALID.
 */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isObject(value)) throw invalidDocument(where, 'it is no object');
  const { digest, size } = value;
  if (!isDigest(digest)) {
    throw invalidDocument(`${where}.digest`, 'it is not "sha256:" and 64 lowercase hex digits');
  }
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > maxSize) {
    throw invalidDocument(`${where}.size`, 'it is no number of bytes');
  }
  const mediaType = memberString(value, 'mediaType', where);
  const platform = parsePlatform(value.platform, `${where}.platform`);
  return { mediaType, digest, size, ...(platform && { platform }) };
}

function parsePlatform(value: unknown, where: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalidDocument(where, 'it is no object');
  const variant = value.variant === undefined ? '' : memberString(value, 'variant', where);
  return {
    os: memberString(value, 'os', where),
    architecture: memberString(value, 'architecture', where),
    ...(variant !== '' && { variant }),
  };
}
