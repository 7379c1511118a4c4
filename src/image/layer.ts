import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.js';
import { removeTree } from '../kernel/remove-tree.js';
import type { ImageStore } from './store.js';

/** Short names start at 30 bits; a taken one is made longer. */
const shortestLink = 6;
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** A layer being made: its directories, to be committed as a whole or discarded. */
export interface Staging {
  readonly path: string;
  /** Becomes the layer's files. */
  readonly files: string;
  /** What the unpacking throws away; goes before the commit. */
  readonly trash: string;
}

export async function createStaging(store: ImageStore): Promise<Staging> {
  const path = join(store.temporary, randomUUID());
  const staging = { path, files: join(path, 'fs'), trash: join(path, 'trash') };
  await mkdir(path, { mode: 0o700 });
  await mkdir(staging.files, { mode: 0o755 });
  await mkdir(staging.trash, { mode: 0o700 });
  return staging;
}

/** Makes a staged layer one of the store's, unless the same one is there already. To be run exclusively. */
export async function commitLayer(store: ImageStore, staging: Staging, id: string): Promise<void> {
  if (!(await hasLayer(store, id))) {
    await removeTree(staging.trash);
    await rename(staging.path, join(store.layers, id));
  }
  await linkLayer(store, id);
}

async function hasLayer(store: ImageStore, id: string): Promise<boolean> {
  try {
    await access(join(store.layers, id, 'fs'));
    return true;
  } catch {
    return false;
  }
}

/**
 * The name of a layer for a mount option, relative to the state directory, for example `images/l/k5xqzm`. Made from
 * its id, and made anew if it is missing; who prepares two ids that begin alike only gets a longer name.
 */
export async function linkLayer(store: ImageStore, id: string): Promise<string> {
  const target = `../layers/${id}/fs`;
  const digits = encodeBase32(id);
  for (let length = shortestLink; length <= digits.length; length++) {
    const name = digits.slice(0, length);
    if (await isLinked(join(store.links, name), target)) return `images/l/${name}`;
  }
  throw new Error(`Layer ${id} has no free short name`);
}

async function isLinked(path: string, target: string): Promise<boolean> {
  try {
    await symlink(target, path);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    return (await readlink(path)) === target;
  }
}

/** Removes all layers that `isKept` does not keep; first their names, then, by one rename, the layers. */
export async function removeLayers(store: ImageStore, isKept: (id: string) => boolean): Promise<string[]> {
  const gone = (await readdir(store.layers)).filter((id) => !isKept(id));
  for (const name of await readdir(store.links)) {
    const path = join(store.links, name);
    const target = await readlink(path);
    if (gone.some((id) => target === `../layers/${id}/fs`)) await unlink(path);
  }
  for (const id of gone) {
    const path = join(store.temporary, randomUUID());
    await rename(join(store.layers, id), path);
    await removeTree(path);
  }
  return gone;
}

function encodeBase32(hex: string): string {
  const bits = [...hex].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => base32[Number.parseInt(five, 2)]).join('');
}
