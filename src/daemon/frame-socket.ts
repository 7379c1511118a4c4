import type { Duplex } from 'node:stream';
import { encodeFrame, type Frame, FrameParser } from './frames.js';

export interface FrameListener {
  /** May throw: the connection is then closed. */
  onFrame(frame: Frame): void;
  /** Called once, however the connection ended. */
  onClose(): void;
}

/** An upgraded connection that carries frames both ways. */
export class FrameSocket {
  readonly #socket: Duplex;
  readonly #parser = new FrameParser();

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** `head` is what came in the same packet as the upgrade. */
  listen(head: Buffer, listener: FrameListener): void {
    const feed = (piece: Buffer): void => this.#feed(piece, listener);
    this.#socket.once('close', () => listener.onClose());
    // An error is followed by 'close', which is all anyone needs to know.
    this.#socket.on('error', () => {});
    this.#socket.on('end', () => this.#socket.destroy());
    if (head.length > 0) feed(head);
    this.#socket.on('data', feed);
  }

  #feed(piece: Buffer, listener: FrameListener): void {
    try {
      for (const frame of this.#parser.push(piece)) listener.onFrame(frame);
    } catch {
      this.#socket.destroy();
    }
  }

  send(channel: number, payload: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(channel, payload));
  }

  sendJson(channel: number, value: unknown): void {
    this.send(channel, Buffer.from(JSON.stringify(value)));
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
