import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../errors.js';
import { readBootId } from '../kernel/boot.js';
import { removeTree } from '../kernel/remove-tree.js';
import { debug } from '../log.js';
import { neededBy, removeUnneededBlobs } from './collect.js';
import { digestHex } from './digest.js';
import { readLayerState, setLayerAside } from './layer.js';
import { linkLayer, removeLinks } from './link.js';
import { loadImageRecords } from './record.js';
import type { ImageStore } from './store.js';

const log = debug('image');

const maxAttempts = 500;
const retryMs = 20;

/**
 * Puts a store right after whatever happened to the last engine: nothing half-made stays, and what is whole is known.
 * Layers that no image needs stay for now: containers may run on them.
 */
export async function cleanStore(store: ImageStore): Promise<void> {
  for (const name of await readdir(store.temporary)) await removeLeftover(join(store.temporary, name));
  await loadImageRecords(store);
  for (const name of await readdir(store.layers)) await loadLayer(store, name);
  const present = new Set([...store.unpacked.keys()].map(digestHex));
  removeLinks(store, (hex) => present.has(hex));
  removeUnneededBlobs(store, neededBy(store.records.values()));
}

/** The last engine's process that was unpacking there ends when it hears of that one's end, and may still be writing. */
async function removeLeftover(path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await removeTree(path);
    } catch (error) {
      if (!hasCode(error, 'ENOTEMPTY') || attempt === maxAttempts) throw error;
      await sleep(retryMs);
    }
  }
}

async function loadLayer(store: ImageStore, name: string): Promise<void> {
  const path = join(store.layers, name);
  if (!/^[0-9a-f]{64}$/.test(name)) return;
  const state = readLayerState(path);
  if (state === undefined || digestHex(state.diffId) !== name || !existsSync(join(path, 'fs'))) {
    log('layer %s is not whole and is set aside', name);
    setLayerAside(path);
  } else if (state.bootId !== undefined && state.bootId !== readBootId()) {
    log('layer %s was not on the disk for sure when the machine stopped, and is removed', name);
    await removeTree(path);
  } else {
    store.unpacked.set(state.diffId, { ...state, link: linkLayer(store, state.diffId) });
    store.offered.add(state.diffId);
    if (state.bootId !== undefined) store.layerSync.request();
  }
}
