import { type FileHandle, open } from 'node:fs/promises';

const chunkSize = 64 * 1024;
/** No line of ours is longer (16 KiB and a header): more without a newline is not a log. */
const maxLineLength = 256 * 1024;
const newline = 0x0a;

/** Reads a growing file line by line. It holds the file open, so a rename or unlink does not disturb it. */
export class LineReader {
  readonly #file: FileHandle;
  readonly inode: bigint;
  #position: number;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(file: FileHandle, inode: bigint, position: number) {
    this.#file = file;
    this.inode = inode;
    this.#position = position;
  }

  /** Opens a file to be read from byte `position`, which must be the start of a line. */
  static async open(path: string, position = 0): Promise<LineReader> {
    const file = await open(path, 'r');
    const { ino } = await file.stat({ bigint: true });
    return new LineReader(file, ino, position);
  }

  /** Yields lines with their newline up to the present end of the file; an unfinished one waits for the next call. */
  async *lines(): AsyncGenerator<Buffer> {
    for (let chunk = await this.#read(); chunk !== undefined; chunk = await this.#read()) {
      yield* this.#split(chunk);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #read(): Promise<Buffer | undefined> {
    const { bytesRead, buffer } = await this.#file.read(
      Buffer.allocUnsafe(chunkSize),
      0,
      chunkSize,
      this.#position,
    );
    this.#position += bytesRead;
    return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
  }

  *#split(chunk: Buffer): Generator<Buffer> {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, start)) {
      yield data.subarray(start, end + 1);
      start = end + 1;
    }
    this.#rest = data.length - start > maxLineLength ? Buffer.alloc(0) : data.subarray(start);
  }
}
