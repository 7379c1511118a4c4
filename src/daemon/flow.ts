import { Readable } from 'node:stream';
import { maxDataBytes } from './frames.js';

/**
 * Flow control of one data stream in a session. A sender may be this many frames ahead of the reader, so each side
 * always reads its socket: a full stdin never hides a resize, a closed connection or the other streams.
 */
export const windowFrames = 16;

/** Sends what a stream has as frames, as far as the peer has room. */
export class Outlet {
  #credit = windowFrames;
  #refill: (() => void) | undefined;
  #closed = false;
  readonly #write: (payload: Buffer) => void;
  /** Grows with each frame: tells an idle stream from a busy one. */
  sent = 0;

  constructor(write: (payload: Buffer) => void) {
    this.#write = write;
  }

  /** Resolves when the source has ended, failed, or the session was closed. */
  async pump(source: Readable): Promise<void> {
    try {
      for await (const chunk of source) {
        for (const piece of split(chunk as Buffer)) await this.#send(piece);
        if (this.#closed) return;
      }
    } catch {
      // A source that breaks ends: how the process ended is told by its exit status.
    }
    if (!this.#closed) this.#write(Buffer.alloc(0));
  }

  grant(): void {
    this.#credit++;
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  get isBlocked(): boolean {
    return this.#refill !== undefined;
  }

  async #send(piece: Buffer): Promise<void> {
    while (this.#credit === 0 && !this.#closed) await this.#nextCredit();
    if (this.#closed) return;
    this.#credit--;
    this.sent++;
    this.#write(piece);
  }

  #nextCredit(): Promise<void> {
    return new Promise((resolve) => {
      this.#refill = resolve;
    });
  }

  #wake(): void {
    const refill = this.#refill;
    this.#refill = undefined;
    refill?.();
  }
}

function* split(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += maxDataBytes) yield chunk.subarray(at, at + maxDataBytes);
}

/** The other end: a stream fed by frames, holding at most one window of them. */
export class Inlet extends Readable {
  #queue: Buffer[] = [];
  #wanted = false;
  readonly #grant: () => void;

  constructor(grant: () => void) {
    super();
    this.#grant = grant;
  }

  /** Throws a RangeError when the peer sends more than it was granted. */
  accept(payload: Buffer): void {
    if (this.destroyed) {
      this.#grant();
      return;
    }
    if (this.#queue.length > windowFrames) throw new RangeError('frames beyond the window');
    this.#queue.push(payload);
    this.#flush();
  }

  /** The connection is gone: ends after what has arrived. */
  finish(): void {
    this.#queue.push(Buffer.alloc(0));
    this.#flush();
  }

  override _read(): void {
    this.#wanted = true;
    this.#flush();
  }

  #flush(): void {
    while (this.#wanted) {
      const payload = this.#queue.shift();
      if (payload === undefined) return;
      if (payload.length === 0) {
        this.push(null);
        return;
      }
      this.#wanted = this.push(payload);
      this.#grant();
    }
  }
}
