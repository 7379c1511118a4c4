import { hasCode, PeapodError } from '../errors.js';
import { readRecord, writeRecord } from '../kernel/durable-file.js';

interface CursorRecord {
  /** No position from here on was used. */
  readonly promised: number;
}

export interface CursorOptions {
  readonly path: string;
  /** Told when the record cannot be read: the cursor then starts over. */
  readonly warn: (message: string) => void;
}

/**
 * A position that only grows, across crashes and power cuts too. What is on disk is a promise ahead of it, so that it
 * is written once for many moves, and mostly before a move needs it.
 */
export class DurableCursor {
  readonly #options: CursorOptions;
  #position: number;
  #promised: number;
  #writing: Promise<void> | undefined;

  /** Begins where the last one's promise ends: up to there positions may have been used. */
  static async open(options: CursorOptions): Promise<DurableCursor> {
    return new DurableCursor(options, await readPromise(options));
  }

  private constructor(options: CursorOptions, promised: number) {
    this.#options = options;
    this.#position = promised;
    this.#promised = promised;
  }

  get position(): number {
    return this.#position;
  }

  /**
   * Moves on to a later position at once; resolves when no crash can bring an earlier one back. `chunk` is how far
   * ahead to promise. Rejects with what the write rejects with; the position is moved all the same.
   */
  async moveTo(position: number, chunk: number): Promise<void> {
    this.#position = position;
    while (position > this.#promised) await this.#promiseAhead(chunk);
    this.prepare(chunk);
  }

  /** Sees to it that the next moves need not wait for the disk. If that fails, the move that needs it tells. */
  prepare(chunk: number): void {
    if (this.#promised - this.#position < chunk / 2) this.#promiseAhead(chunk).catch(() => {});
  }

  /** Resolves when nothing is being written any more. */
  async idle(): Promise<void> {
    await this.#writing?.catch(() => {});
  }

  #promiseAhead(chunk: number): Promise<void> {
    this.#writing ??= this.#write(Math.max(this.#position, this.#promised) + chunk).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #write(promised: number): Promise<void> {
    const record: CursorRecord = { promised };
    await writeRecord(this.#options.path, record, { isDurable: true });
    this.#promised = promised;
  }
}

async function readPromise({ path, warn }: CursorOptions): Promise<number> {
  try {
    const { promised } = (await readRecord(path)) as CursorRecord;
    return promised;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    if (!(error instanceof PeapodError)) throw error;
    // Only a reuse sooner than usual is lost: which addresses are in use, the sandboxes' own records say.
    warn(error.message);
    return 0;
  }
}
