import { join } from 'node:path';
import { writeVolatileRecord } from '../kernel/record.js';
import { syncFilesystem } from '../kernel/sync-filesystem.js';
import { debug } from '../log.js';
import { type Digest, digestHex } from './digest.js';
import type { PresentLayer } from './layer.js';

const log = debug('image');

/**
 * Waits, in the background, until the disk has the layers that were unpacked, and says so beside each. An fsync of
 * every file would take longer than unpacking them; until then a layer is good for this boot only.
 */
export class LayerSync {
  readonly #directory: string;
  readonly #layers: Map<Digest, PresentLayer>;
  #running: Promise<void> | undefined;
  #isRequested = false;

  constructor(directory: string, layers: Map<Digest, PresentLayer>) {
    this.#directory = directory;
    this.#layers = layers;
  }

  /** To be called after a layer was committed. */
  request(): void {
    this.#isRequested = true;
    this.#running ??= this.#run();
  }

  /** Resolves when all that was asked for is done. Never rejects. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isRequested) {
      this.#isRequested = false;
      const pending = [...this.#layers.values()].filter(({ bootId }) => bootId !== undefined);
      await this.#sync(pending).catch((error) => {
        log('%d layers are not on the disk for sure: %s', pending.length, error);
      });
    }
    this.#running = undefined;
  }

  async #sync(pending: readonly PresentLayer[]): Promise<void> {
    await syncFilesystem(this.#directory);
    for (const layer of pending) this.#markStable(layer);
  }

  /** Unless it was removed, or made anew, meanwhile. */
  #markStable(layer: PresentLayer): void {
    if (this.#layers.get(layer.diffId) !== layer) return;
    const { link, bootId: _, ...state } = layer;
    writeVolatileRecord(join(this.#directory, digestHex(layer.diffId), 'layer.json'), state);
    this.#layers.set(layer.diffId, { ...state, link });
  }
}
