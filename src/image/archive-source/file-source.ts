import type { FileHandle } from 'node:fs/promises';
import { type TarSource, truncated } from '../tar/byte-source.js';
import { readRange } from './archive-files.js';

/** Headers lie apart by what is between them, or close together: one read serves as many as it happens to hold. */
const windowBytes = 64 * 1024;

/** A tar archive on the disk, of which what is passed over is not read. */
export class FileSource implements TarSource {
  readonly #file: FileHandle;
  readonly #size: number;
  #position = 0;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** Bytes taken and passed over: after an entry's headers, where its body begins. */
  get position(): number {
    return this.#position;
  }

  async take(size: number): Promise<Buffer | undefined> {
    if (size > 0 && this.#position === this.#size) return undefined;
    this.#check(size);
    const start = this.#position;
    this.#position += size;
    if (size > windowBytes) return this.#gather(start, size);
    if (start < this.#windowStart || start + size > this.#windowStart + this.#window.length) {
      this.#window = await this.#gather(start, Math.min(windowBytes, this.#size - start));
      this.#windowStart = start;
    }
    return this.#window.subarray(start - this.#windowStart, start - this.#windowStart + size);
  }

  async *stream(size: number): AsyncGenerator<Buffer> {
    this.#check(size);
    const start = this.#position;
    this.#position += size;
    yield* readRange(this.#file, start, start + size);
  }

  async skip(size: number): Promise<void> {
    this.#check(size);
    this.#position += size;
  }

  async drain(): Promise<void> {
    this.#position = this.#size;
  }

  async #gather(start: number, size: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of readRange(this.#file, start, start + size)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  #check(size: number): void {
    if (size > this.#size - this.#position) throw truncated();
  }
}
