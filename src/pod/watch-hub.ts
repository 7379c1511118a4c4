import type { Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import type { WatchEvent } from './engine-api.js';

/** Events a watcher may be behind. */
const capacity = 1000;

export interface WatchOptions {
  /** Only the pod of this name. */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Hands every change of a pod to everyone who watches. A slow watcher holds up nobody. */
export class WatchHub {
  readonly #watchers = new Set<Watcher>();

  publish(event: WatchEvent): void {
    for (const watcher of this.#watchers) watcher.offer(event);
  }

  /** The pods of now as ADDED, then every change. Each change is an object of its own and is not changed later. */
  async *watch(present: () => readonly Pod[], options: WatchOptions = {}): AsyncGenerator<WatchEvent> {
    const watcher = new Watcher(present(), options.name);
    this.#watchers.add(watcher);
    const end = () => watcher.end();
    options.signal?.addEventListener('abort', end);
    if (options.signal?.aborted) end();
    try {
      yield* watcher.events();
    } finally {
      options.signal?.removeEventListener('abort', end);
      this.#watchers.delete(watcher);
    }
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.end();
  }
}

class Watcher {
  readonly #name: string | undefined;
  readonly #limit: number;
  #queue: WatchEvent[];
  #isEnded = false;
  #isLagging = false;
  #wake: (() => void) | undefined;

  constructor(present: readonly Pod[], name: string | undefined) {
    this.#name = name;
    this.#queue = present
      .filter((object) => this.#isWanted(object))
      .map((object) => ({ type: 'ADDED', object }));
    this.#limit = this.#queue.length + capacity;
  }

  offer(event: WatchEvent): void {
    if (this.#isLagging || !this.#isWanted(event.object)) return;
    this.#queue.push(event);
    if (this.#queue.length > this.#limit) this.#queue = withoutOutdated(this.#queue);
    // What fills it now are pods that came and went, and of those nothing can be left out.
    this.#isLagging = this.#queue.length > this.#limit;
    this.#signal();
  }

  end(): void {
    this.#isEnded = true;
    this.#signal();
  }

  async *events(): AsyncGenerator<WatchEvent> {
    while (!this.#isEnded) {
      if (this.#isLagging) throw lagged();
      const event = this.#queue.shift();
      if (event !== undefined) yield event;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #isWanted(object: Pod): boolean {
    return this.#name === undefined || object.metadata?.name === this.#name;
  }

  #signal(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** Leaves out every MODIFIED that a later event of the same pod supersedes. */
function withoutOutdated(queue: readonly WatchEvent[]): WatchEvent[] {
  const newest = new Map(queue.map((event) => [event.object.metadata?.uid, event]));
  return queue.filter(
    (event) => event.type !== 'MODIFIED' || newest.get(event.object.metadata?.uid) === event,
  );
}

function lagged(): PeapodError {
  return new PeapodError('PEAPOD_WATCH_LAGGED', `A watcher is more than ${capacity} changes behind`, {
    hint: 'Watch again, and read faster than the pods change',
  });
}
