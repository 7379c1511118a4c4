import { type FSWatcher, watch } from 'node:fs';

/** How often to look where inotify cannot be had, for example because its watches are used up. */
const fallbackIntervalMs = 250;

/** Tells when something in a directory changed, by inotify. Made before the first read, it misses nothing. */
export class DirectoryChanges {
  readonly #watcher: FSWatcher | undefined;
  #isChanged = false;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(directory: string) {
    this.#watcher = this.#tryWatch(directory);
    if (this.#watcher === undefined) this.#poll();
  }

  /** Resolves when something changed since the last call, or `notify` was called. */
  async next(): Promise<void> {
    if (!this.#isChanged) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#isChanged = false;
  }

  readonly notify = (): void => {
    this.#isChanged = true;
    this.#wake?.();
    this.#wake = undefined;
  };

  close(): void {
    this.#watcher?.close();
    clearInterval(this.#timer);
  }

  #tryWatch(directory: string): FSWatcher | undefined {
    try {
      return watch(directory, { persistent: false }, this.notify).on('error', () => this.#poll());
    } catch {
      return undefined;
    }
  }

  #poll(): void {
    this.#timer ??= setInterval(this.notify, fallbackIntervalMs).unref();
  }
}
