import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyedQueues, SerialQueue } from '../kernel/serial-queue.js';
import { cleanStore } from './clean.js';
import { DamageMarks } from './damage-marks.js';
import type { Digest } from './digest.js';
import type { PresentLayer } from './layer.js';
import { LayerSync } from './layer-sync.js';
import { Leases } from './leases.js';
import type { ImageRecord } from './record.js';

/**
 * The images of one root, below `<state>/images`, for root only:
 *
 *     names/<sha256 of the reference>.json   an image: its configuration and its layers, in order
 *     blobs/sha256/<hex>                     manifests, configurations and layers, byte by byte as they came
 *     layers/<diff id>/fs/                   a layer's files, made from its blob, and layer.json beside them
 *     l/<short name> -> ../layers/<id>/fs    what overlayfs is told: one mount option holds only 256 bytes
 *     damaged/{blobs,layers}/<hex>           what a check found to be other than it was
 *     tmp/                                   whatever is not whole yet, removed when the store is opened
 *
 * What is on the disk is known in memory as well: the root is held by one engine, and starting a container asks for
 * its image often.
 */
export interface ImageStore {
  /** What names of layers are relative to. */
  readonly stateDirectory: string;
  readonly names: string;
  readonly blobs: string;
  readonly layers: string;
  readonly links: string;
  readonly temporary: string;
  /** By full reference. */
  readonly records: Map<string, ImageRecord>;
  /** By diff id: the layers that are unpacked, whole and known to have survived. */
  readonly unpacked: Map<Digest, PresentLayer>;
  /** Diff ids of all layers that an image has or had since the store was opened: containers may run on them. */
  readonly offered: Set<Digest>;
  readonly damagedBlobs: DamageMarks;
  readonly damagedLayers: DamageMarks;
  readonly leases: Leases;
  /** One fetch of a blob, or one unpacking of a layer, at a time. */
  readonly turns: KeyedQueues;
  readonly layerSync: LayerSync;
  /**
   * Runs one change of the records at a time: between finding out what no record needs and removing it, nobody may
   * write another.
   */
  exclusive<T>(change: () => Promise<T>): Promise<T>;
}

/**
 * Opens the store, making what is missing and removing what a process that died, or a machine that lost its power,
 * has left half-made. Whoever opens it holds the root: two at a time would take each other's work for leftovers.
 */
export async function openImageStore(stateDirectory: string): Promise<ImageStore> {
  const directory = join(stateDirectory, 'images');
  const paths = {
    names: join(directory, 'names'),
    blobs: join(directory, 'blobs/sha256'),
    layers: join(directory, 'layers'),
    links: join(directory, 'l'),
    temporary: join(directory, 'tmp'),
  };
  for (const path of Object.values(paths)) await mkdir(path, { recursive: true, mode: 0o700 });
  const queue = new SerialQueue();
  const unpacked = new Map<Digest, PresentLayer>();
  const store: ImageStore = {
    stateDirectory,
    ...paths,
    records: new Map(),
    unpacked,
    offered: new Set(),
    damagedBlobs: new DamageMarks(join(directory, 'damaged/blobs')),
    damagedLayers: new DamageMarks(join(directory, 'damaged/layers')),
    leases: new Leases(),
    turns: new KeyedQueues(),
    layerSync: new LayerSync(paths.layers, unpacked),
    exclusive: (change) => queue.run(change),
  };
  await cleanStore(store);
  return store;
}
