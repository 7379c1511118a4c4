/** Splits a TCP stream into messages, each of which has its length before it, two bytes (RFC 1035 4.2.2). */
export class MessageSplitter {
  readonly #maxBytes: number;
  readonly #head = Buffer.alloc(2);
  #body: Buffer | undefined;
  #filled = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The messages a chunk completes; undefined when one is to be longer than allowed, and nothing more is to be read. */
  push(chunk: Buffer): Buffer[] | undefined {
    const complete: Buffer[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      rest = rest.subarray(this.#fill(rest));
      if (this.#body === undefined && this.#filled === 2) {
        const length = this.#head.readUInt16BE(0);
        if (length > this.#maxBytes) return undefined;
        this.#body = Buffer.alloc(length);
        this.#filled = 0;
      }
      if (this.#body !== undefined && this.#filled === this.#body.length) {
        complete.push(this.#body);
        this.#body = undefined;
        this.#filled = 0;
      }
    }
    return complete;
  }

  #fill(bytes: Buffer): number {
    const copied = bytes.copy(this.#body ?? this.#head, this.#filled);
    this.#filled += copied;
    return copied;
  }
}

/** The message as it goes over TCP. */
export function withLength(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 2);
  framed.writeUInt16BE(message.length, 0);
  message.copy(framed, 2);
  return framed;
}
