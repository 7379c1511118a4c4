import { createHash } from 'node:crypto';
import { PeapodError } from '../errors.js';

/** The name of some bytes: `sha256:` and 64 lowercase hex digits. */
export type Digest = `sha256:${string}`;

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** True for the one form that may become part of a path. */
export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && digestPattern.test(value);
}

/** Throws PEAPOD_IMAGE_INVALID for all but `sha256:` and 64 lowercase hex digits. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const shown = JSON.stringify(text.slice(0, 100));
  throw new PeapodError('PEAPOD_IMAGE_INVALID', `Cannot use digest ${shown}: it is no SHA-256`, {
    hint: 'A digest is "sha256:" and 64 lowercase hex digits.',
  });
}

/** The 64 hex digits, which are safe in a path. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The digest of bytes that are here as a whole. */
export function digestOf(bytes: Buffer): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
