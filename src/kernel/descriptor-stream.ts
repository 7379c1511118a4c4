import { closeSync, readSync, writeSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { hasCode } from '../errors.js';
import { binding, type Watcher } from '../native/binding.js';
import { WATCH_READABLE, WATCH_WRITABLE } from './constants.js';

/** Read or written at once: as much as a pipe holds. */
const CHUNK_BYTES = 64 * 1024;

/**
 * The reading end of a pipe, or a terminal's master, as a stream that follows the event loop; it owns the descriptor.
 * Node's own streams take pipes or terminals but not a master, and files only through the thread pool, which a silent
 * pipe would block. A terminal whose last process is gone answers EIO: that is its end.
 */
export class DescriptorReader extends Readable {
  readonly #fd: number;
  #watcher: Watcher | undefined;

  constructor(fd: number) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#fd = fd;
  }

  override _read(): void {
    this.#watcher ??= binding().watch(this.#fd, WATCH_READABLE, () => this.#readOnce());
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#stop();
    closeSync(this.#fd);
    callback(error);
  }

  #readOnce(): void {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    try {
      const size = readSync(this.#fd, buffer);
      const more = this.push(size === 0 ? null : buffer.subarray(0, size));
      if (!more) {
        this.#stop();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (hasCode(error, 'EAGAIN')) {
      return;
    }
    this.#stop();
    if (hasCode(error, 'EIO')) {
      this.push(null);
    } else {
      this.destroy(error as Error);
    }
  }

  #stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}

/** The writing end of a pipe, or a terminal's master, as a stream; it owns the descriptor and closes it at its end. */
export class DescriptorWriter extends Writable {
  readonly #fd: number;
  #watcher: Watcher | undefined;

  constructor(fd: number) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#fd = fd;
    binding().setNonblocking(fd, true);
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    let written = 0;
    try {
      written = writeSync(this.#fd, chunk);
    } catch (error) {
      if (!hasCode(error, 'EAGAIN')) {
        callback(error as Error);
        return;
      }
    }
    if (written === chunk.length) {
      callback();
      return;
    }
    this.#watcher = binding().watch(this.#fd, WATCH_WRITABLE, () => {
      this.#stop();
      this._write(chunk.subarray(written), '', callback);
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#stop();
    closeSync(this.#fd);
    callback(error);
  }

  #stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
