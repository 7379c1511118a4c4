import { writeSync } from 'node:fs';
import { type Command, encodeCommand } from './commands.js';

const bufferBytes = 256 * 1024;
/** Pieces from here on are written as they are; smaller ones are gathered. */
const minDirectBytes = 64 * 1024;

/**
 * Sends commands through a pipe, gathered to large writes. It writes synchronously, which waits for a slow reader: it
 * is used in a thread of its own. Throws EPIPE once nobody reads.
 */
export class CommandWriter {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  #used = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  command(command: Command): void {
    this.bytes(encodeCommand(command));
  }

  /** A part of a body. */
  bytes(piece: Buffer): void {
    if (piece.length > bufferBytes - this.#used) this.flush();
    if (piece.length >= minDirectBytes) {
      this.flush();
      this.#write(piece);
      return;
    }
    piece.copy(this.#buffer, this.#used);
    this.#used += piece.length;
  }

  flush(): void {
    this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #write(piece: Buffer): void {
    for (let at = 0; at < piece.length; ) at += writeSync(this.#fd, piece, at);
  }
}
