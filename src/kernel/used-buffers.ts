import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'minor' | 'major' }) => void;

let collect: Collect | undefined;

/**
 * Frees the buffers that a stream has done with, each time it has done with so many bytes. V8 goes by the size of its
 * own heap, of which large buffers take next to nothing, and lets some 64 MiB of them pile up in each thread. A minor
 * collection takes less than a millisecond and frees what is not long in use; a major one a few.
 */
export class UsedBuffers {
  readonly #type: 'minor' | 'major';
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(type: 'minor' | 'major', maxBytes: number) {
    this.#type = type;
    this.#maxBytes = maxBytes;
  }

  /** To be called with the length of each buffer when the next one comes. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < this.#maxBytes) return;
    this.#bytes = 0;
    collect ??= exposeCollector();
    collect({ type: this.#type });
  }
}

/** Node has no other way to it. A context that is made after the flag was set has the function. */
function exposeCollector(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
