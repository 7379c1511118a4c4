import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.js';
import { readBootId } from '../kernel/boot.js';
import { readVolatileRecord, writeVolatileRecord } from '../kernel/record.js';
import { type Digest, digestHex, isDigest } from './digest.js';
import { linkLayer } from './link.js';
import type { ImageStore } from './store.js';

/** What is known of an unpacked layer: `layer.json` beside its files. */
export interface LayerState {
  readonly version: 1;
  readonly diffId: Digest;
  /** The blob it was unpacked from. */
  readonly blob: Digest;
  /** Bytes of its files. */
  readonly sizeBytes: number;
  readonly entries: number;
  /** It hides all layers below it, which overlayfs knows of no layer's own root. */
  readonly isOpaque: boolean;
  /** The boot it was unpacked in; undefined as soon as the disk has all of it. */
  readonly bootId?: string | undefined;
}

export interface PresentLayer extends LayerState {
  /** Its name for a mount option, relative to the state directory, for example `images/l/k5xqzm`. */
  readonly link: string;
}

/** A layer being made: its directories, to be committed as a whole or discarded. */
export interface Staging {
  readonly path: string;
  /** Becomes the layer's files. */
  readonly files: string;
}

const stateVersion = 1;

export async function createStaging(store: ImageStore): Promise<Staging> {
  const path = join(store.temporary, randomUUID());
  const staging = { path, files: join(path, 'fs') };
  await mkdir(path, { mode: 0o700 });
  await mkdir(staging.files, { mode: 0o755 });
  return staging;
}

/**
 * Makes a staged layer one of the store's, unless it is there already. A damaged one is set aside rather than removed,
 * as containers may run on it. Synchronous: many may do this.
 */
export function commitLayer(
  store: ImageStore,
  staging: Staging,
  facts: Omit<LayerState, 'version' | 'bootId'>,
): PresentLayer {
  const present = store.unpacked.get(facts.diffId);
  if (present !== undefined && !store.damagedLayers.has(facts.diffId)) return present;
  const state: LayerState = { version: stateVersion, ...facts, bootId: readBootId() };
  writeVolatileRecord(layerStatePath(staging.path), state);
  const path = layerPath(store, facts.diffId);
  setLayerAside(path);
  renameSync(staging.path, path);
  const layer = { ...state, link: linkLayer(store, facts.diffId) };
  store.unpacked.set(facts.diffId, layer);
  store.damagedLayers.clear(facts.diffId);
  store.layerSync.request();
  return layer;
}

/** Where a layer is, or would be: a directory with `fs` and `layer.json`. */
export function layerPath(store: ImageStore, diffId: Digest): string {
  return join(store.layers, digestHex(diffId));
}

/** Its files. */
export function layerFiles(store: ImageStore, diffId: Digest): string {
  return join(layerPath(store, diffId), 'fs');
}

export function layerStatePath(path: string): string {
  return join(path, 'layer.json');
}

/** The state of a layer's directory; undefined for one that is not whole. */
export function readLayerState(path: string): LayerState | undefined {
  try {
    const state = readVolatileRecord<LayerState>(layerStatePath(path), stateVersion);
    return state !== undefined && isDigest(state.diffId) && isDigest(state.blob) ? state : undefined;
  } catch (error) {
    if (hasCode(error, 'PEAPOD_STATE_CORRUPT')) return undefined;
    throw error;
  }
}

/** Takes a layer's directory out of use; it is collected when no container runs on it. */
export function setLayerAside(path: string): void {
  try {
    renameSync(path, `${path}.${randomUUID()}`);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
