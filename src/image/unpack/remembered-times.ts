import type { Command } from './commands.js';

/**
 * Names are remembered up to here, which is a quarter of a million directories. Beyond it, times are set while files may
 * still come that change them again, and only those of directories that entries name.
 */
const maxBytes = 32 * 1024 * 1024;

/**
 * The times of directories, which can be set only when nothing is made in them any more. Those that no entry names get
 * the time 0, so that an archive always unpacks to the same tree.
 */
export class RememberedTimes {
  readonly #times = new Map<string, bigint>([['', 0n]]);
  #bytes = 0;
  #lastParent = '';
  #isWhole = true;

  /** To be told of each command. True when the times should be set now. */
  note({ type, path = '', mtimeNs = 0n }: Command): boolean {
    this.#noteParents(path);
    if (type === 'directory') this.#remember(path, mtimeNs);
    else if (type === 'opaque') this.#noteParents(`${path}/`);
    else this.#times.delete(path);
    return this.#bytes > maxBytes;
  }

  /** The commands that set all remembered times. */
  *take(): Generator<Command> {
    for (const [path, mtimeNs] of this.#times) yield { type: 'time', path, mtimeNs };
    this.#times.clear();
    this.#bytes = 0;
    this.#isWhole = false;
  }

  #noteParents(path: string): void {
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    if (parent === this.#lastParent || !this.#isWhole) return;
    for (let slash = parent.length; slash > 0; slash = parent.lastIndexOf('/', slash - 1)) {
      const directory = parent.slice(0, slash);
      if (this.#times.has(directory)) break;
      this.#remember(directory, 0n);
    }
    this.#lastParent = parent;
  }

  #remember(path: string, timeNs: bigint): void {
    if (!this.#times.has(path)) this.#bytes += path.length + 100;
    this.#times.set(path, timeNs);
  }
}
