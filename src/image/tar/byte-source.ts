import { invalidArchive } from './invalid.js';

/** The bytes of an archive, from front to back. */
export interface TarSource {
  /** Exactly `size` bytes; undefined if the archive ends just before them. Throws if it ends within them. */
  take(size: number): Promise<Buffer | undefined>;
  /** The next `size` bytes, in pieces. Throws if the archive ends before. */
  stream(size: number): AsyncIterable<Buffer>;
  /** Passes over the next `size` bytes. Throws if the archive ends before. */
  skip(size: number): Promise<void>;
  /** Goes to the end. */
  drain(): Promise<void>;
}

/** Takes a stream of chunks apart at byte counts, holding no more than what is asked for and the last chunk. */
export class ByteSource implements TarSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(size: number): Promise<Buffer | undefined> {
    if (this.#rest.length < size) await this.#gather(size);
    if (this.#rest.length === 0 && size > 0) return undefined;
    if (this.#rest.length < size) throw truncated();
    return this.#cut(size);
  }

  async *stream(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#pull())) throw truncated();
      const piece = this.#cut(Math.min(left, this.#rest.length));
      left -= piece.length;
      yield piece;
    }
  }

  async skip(size: number): Promise<void> {
    for await (const _piece of this.stream(size));
  }

  /** Reads to the end: a digest of the stream needs all of it. */
  async drain(): Promise<void> {
    do this.#rest = Buffer.alloc(0);
    while (await this.#pull());
  }

  /** Leaves the stream where it is, so that it lets go of what it has open. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #cut(size: number): Buffer {
    const piece = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return piece;
  }

  async #gather(size: number): Promise<void> {
    const pieces = [this.#rest];
    let length = this.#rest.length;
    while (length < size && (await this.#pull())) {
      pieces.push(this.#rest);
      length += this.#rest.length;
    }
    this.#rest = Buffer.concat(pieces, length);
  }

  /** Replaces the rest by the next chunk. When there is none, the rest stays as it is. */
  async #pull(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#rest = value;
    return true;
  }
}

/** The error for an archive that ends too early. */
export function truncated(): Error {
  return invalidArchive('it ends in the middle of an entry');
}
