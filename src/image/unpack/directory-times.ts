import { hasCode } from '../../errors.js';
import { setTime } from './attributes.js';
import type { LayerRoot } from './layer-root.js';

/** Names are remembered up to here. Beyond it, times are set while files may still come that change them again. */
const maxBytes = 16 * 1024 * 1024;

/** The times of directories: they can be set only when nothing is made in them any more. */
export class DirectoryTimes {
  readonly #root: LayerRoot;
  readonly #times = new Map<string, bigint>();
  #bytes = 0;

  constructor(root: LayerRoot) {
    this.#root = root;
  }

  remember(path: string, timeNs: bigint): void {
    if (!this.#times.has(path)) this.#bytes += path.length + 100;
    this.#times.set(path, timeNs);
    if (this.#bytes > maxBytes) this.set();
  }

  /** Sets the times of all remembered directories that still are there. */
  set(): void {
    for (const [path, timeNs] of this.#times) this.#setOne(path, timeNs);
    this.#times.clear();
    this.#bytes = 0;
  }

  #setOne(path: string, timeNs: bigint): void {
    try {
      this.#root.withExisting(path, (place) => setTime(place, timeNs));
    } catch (error) {
      // A later entry put something else in its place, or on the way to it.
      if (!['ENOENT', 'ENOTDIR', 'ELOOP'].some((code) => hasCode(error, code))) throw error;
    }
  }
}
