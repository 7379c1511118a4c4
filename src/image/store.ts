import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../kernel/remove-tree.js';
import { SerialQueue } from '../kernel/serial-queue.js';

/**
 * The images of one root, below `<state>/images`, for root only:
 *
 *     names/<sha256 of the reference>.json   an image: its configuration and its layers, in order
 *     layers/<id>/fs/                        a layer's files; its id is the digest of its content
 *     l/<short name> -> ../layers/<id>/fs    what overlayfs is told: one mount option holds only 256 bytes
 *     tmp/                                   whatever is not whole yet, removed when the store is opened
 */
export interface ImageStore {
  /** What names of layers are relative to. */
  readonly stateDirectory: string;
  readonly names: string;
  readonly layers: string;
  readonly links: string;
  readonly temporary: string;
  /**
   * Runs one change of the store at a time: between finding that a layer is here and recording the image that needs
   * it, nobody may remove it.
   */
  exclusive<T>(change: () => Promise<T>): Promise<T>;
}

/**
 * Opens the store, making what is missing and removing what a process that died has left half-made. Whoever opens it
 * holds the root: two at a time would take each other's work for leftovers.
 */
export async function openImageStore(stateDirectory: string): Promise<ImageStore> {
  const directory = join(stateDirectory, 'images');
  const queue = new SerialQueue();
  const store = {
    stateDirectory,
    names: join(directory, 'names'),
    layers: join(directory, 'layers'),
    links: join(directory, 'l'),
    temporary: join(directory, 'tmp'),
    exclusive: <T>(change: () => Promise<T>) => queue.run(change),
  };
  for (const path of [store.names, store.layers, store.links, store.temporary]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
  for (const name of await readdir(store.temporary)) await removeTree(join(store.temporary, name));
  return store;
}
