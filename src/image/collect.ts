import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../kernel/remove-tree.js';
import { type Digest, digestHex, isDigest } from './digest.js';
import type { Lease } from './leases.js';
import { encodeBase32 } from './link.js';
import type { ImageRecord } from './record.js';
import type { ImageStore } from './store.js';

/** True for a layer, by the 64 hex digits of its diff id, that a pod's container is mounted on. */
export type InUse = (layerId: string) => boolean;

/** The layers of some mounted or about to be, by their names as `ResolvedImage` has them. */
export function usedLayers(links: Iterable<string>): InUse {
  const names = [...links].map((link) => link.slice(link.lastIndexOf('/') + 1));
  return (layerId) => {
    const digits = encodeBase32(layerId);
    return names.some((name) => digits.startsWith(name));
  };
}

export interface Collected {
  readonly blobs: readonly Digest[];
  /** Diff ids. */
  readonly layers: readonly Digest[];
}

/** Removes blobs and layers that no image needs and, of layers, no container: those of names that moved, for example. */
export async function collectGarbage(store: ImageStore, inUse: InUse): Promise<Collected> {
  return store.exclusive(() => collectUnneeded(store, inUse));
}

/** The same, to be run exclusively. */
export async function collectUnneeded(store: ImageStore, inUse: InUse): Promise<Collected> {
  const needed = neededBy(store.records.values());
  const blobs = removeUnneededBlobs(store, needed);
  const layers: Digest[] = [];
  for (const name of await readdir(store.layers)) {
    const [hex = '', suffix] = name.split('.');
    const diffId: Digest = `sha256:${hex}`;
    const isSetAside = suffix !== undefined;
    if (inUse(hex) || (!isSetAside && (needed.has(diffId) || store.leases.has(diffId)))) continue;
    if (isSetAside) await removeTree(join(store.layers, name));
    else await removeLayer(store, diffId);
    if (!isSetAside) layers.push(diffId);
  }
  return { blobs, layers };
}

/**
 * Ends a lease, and removes what it held and no image needs: all of it if the work failed, else what a name meant
 * before. Layers that an image has had may still be in use; they are left to {@link collectGarbage}.
 */
export async function letGo(store: ImageStore, lease: Lease): Promise<void> {
  const held = [...lease.held];
  lease.release();
  await store.exclusive(async () => {
    const needed = neededBy(store.records.values());
    removeUnneededBlobs(store, needed);
    for (const digest of held) {
      const isNew = store.unpacked.has(digest) && !store.offered.has(digest);
      if (isNew && !needed.has(digest) && !store.leases.has(digest)) await removeLayer(store, digest);
    }
  });
}

/** All blobs, and layers by their diff ids, of some images. */
export function neededBy(records: Iterable<ImageRecord>): Set<Digest> {
  const needed = new Set<Digest>();
  for (const { manifest, id, layers } of records) {
    needed.add(manifest).add(id);
    for (const { diffId, digest } of layers) needed.add(diffId).add(digest);
  }
  return needed;
}

/**
 * Removes all blobs but those needed and those that work in progress holds. Nothing may come between looking at a
 * lease and removing, hence the synchronous calls: who takes a lease looks for the blob afterwards.
 */
export function removeUnneededBlobs(store: ImageStore, needed: ReadonlySet<Digest>): Digest[] {
  const gone: Digest[] = [];
  for (const hex of readdirSync(store.blobs)) {
    const digest: Digest = `sha256:${hex}`;
    if (needed.has(digest) || store.leases.has(digest)) continue;
    unlinkSync(join(store.blobs, hex));
    if (!isDigest(digest)) continue;
    store.damagedBlobs.clear(digest);
    gone.push(digest);
  }
  return gone;
}

/** Removes a layer: its name and, by one rename, all of it. Synchronous up to there, as above. */
async function removeLayer(store: ImageStore, diffId: Digest): Promise<void> {
  const trash = join(store.temporary, randomUUID());
  const layer = store.unpacked.get(diffId);
  if (layer !== undefined) rmSync(join(store.stateDirectory, layer.link), { force: true });
  store.unpacked.delete(diffId);
  store.damagedLayers.clear(diffId);
  renameSync(join(store.layers, digestHex(diffId)), trash);
  await removeTree(trash);
}
