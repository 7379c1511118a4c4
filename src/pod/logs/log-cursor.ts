import { hasCode } from '../../errors.js';
import { findTail } from './find-tail.js';
import { LineReader } from './line-reader.js';
import { isSameListing, type LogFile, listLogFiles } from './log-files.js';

export interface StartOptions {
  /** Last N lines; absent is all. */
  readonly tail?: number | undefined;
  /** Milliseconds since the epoch: files last written before need not be read. */
  readonly sinceMs?: number | undefined;
}

/** Walks the files of one log in order, whatever they are renamed to meanwhile: a file is known by its inode. */
export class LogCursor {
  readonly #directory: string;
  readonly #liveName: string;
  readonly #onGap: () => void;
  #reader: LineReader | undefined;

  /** `onGap` is told when a file was removed before it was read. */
  constructor(directory: string, liveName: string, onGap: () => void = ignore) {
    this.#directory = directory;
    this.#liveName = liveName;
    this.#onGap = onGap;
  }

  /** Opens the file to start in. A rotation meanwhile makes what was found worthless: then it starts over. */
  async start(options: StartOptions): Promise<void> {
    for (;;) {
      const files = await this.#list();
      const found = options.tail === undefined ? undefined : await findTail(files, options.tail);
      const file = files[found?.index ?? firstSince(files, options.sinceMs)];
      this.#reader = file && (await openSame(file, found?.position));
      if (isSameListing(files, await this.#list())) return;
      await this.close();
    }
  }

  /** Yields what there is to the present end of the log; called again, what was added since. */
  async *lines(): AsyncGenerator<Buffer> {
    for (;;) {
      if (this.#reader !== undefined) yield* this.#reader.lines();
      const next = await this.#openNext();
      if (next === undefined) return;
      // Written after the end was reached above and before the rotation.
      if (this.#reader !== undefined) yield* this.#reader.lines();
      await this.close();
      this.#reader = next;
    }
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    this.#reader = undefined;
  }

  async #openNext(): Promise<LineReader | undefined> {
    for (;;) {
      const files = await this.#list();
      const index = files.findIndex((file) => file.inode === this.#reader?.inode);
      // Not found: rotated away before it was read to the end, so the oldest that is left comes next.
      const next = files[index + 1];
      if (next === undefined) return undefined;
      const reader = await openSame(next);
      if (reader === undefined) continue;
      if (this.#reader !== undefined && index < 0) this.#onGap();
      return reader;
    }
  }

  #list(): Promise<LogFile[]> {
    return listLogFiles(this.#directory, this.#liveName);
  }
}

function ignore(): void {}

/** Opens a listed file; undefined when its name went to another file since. */
async function openSame(file: LogFile, position?: number): Promise<LineReader | undefined> {
  try {
    const reader = await LineReader.open(file.path, position);
    if (reader.inode === file.inode) return reader;
    await reader.close();
    return undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Files last written before `sinceMs` have nothing to show; the live one is always looked at. */
function firstSince(files: readonly LogFile[], sinceMs: number | undefined): number {
  if (sinceMs === undefined) return 0;
  const index = files.findIndex((file) => file.modifiedAt >= sinceMs);
  return index < 0 ? Math.max(files.length - 1, 0) : index;
}
