import { readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../errors.js';
import { type Digest, digestHex } from './digest.js';
import type { ImageStore } from './store.js';

/** Short names start at 30 bits; a taken one is made longer. */
const shortestLink = 6;
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * The name of a layer for a mount option, relative to the state directory, for example `images/l/k5xqzm`. Made from
 * its id, and made anew if it is missing; who prepares two ids that begin alike only gets a longer name.
 */
export function linkLayer(store: ImageStore, diffId: Digest): string {
  const target = targetOf(digestHex(diffId));
  const digits = encodeBase32(digestHex(diffId));
  for (let length = shortestLink; length <= digits.length; length++) {
    const name = digits.slice(0, length);
    if (isLinked(join(store.links, name), target)) return `images/l/${name}`;
  }
  throw new Error(`Layer ${diffId} has no free short name`);
}

/** Removes the names of layers that `isThere` does not know, by the 64 hex digits of their diff ids. */
export function removeLinks(store: ImageStore, isThere: (hex: string) => boolean): void {
  for (const name of readdirSync(store.links)) {
    const path = join(store.links, name);
    const [, hex = ''] = /^\.\.\/layers\/([0-9a-f]{64})\/fs$/.exec(readlinkSync(path)) ?? [];
    if (!isThere(hex)) unlinkSync(path);
  }
}

function targetOf(hex: string): string {
  return `../layers/${hex}/fs`;
}

function isLinked(path: string, target: string): boolean {
  try {
    symlinkSync(target, path);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    return readlinkSync(path) === target;
  }
}

/** A layer's id in the digits that short names begin with. */
export function encodeBase32(hex: string): string {
  const bits = [...hex].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => base32[Number.parseInt(five, 2)]).join('');
}
