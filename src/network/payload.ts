import { zeros } from '../kernel/netlink-message.js';

/** More than any request here takes: a name has 15 bytes, an alias 255. */
const capacity = 1024;
const attributeHeaderBytes = 4;
const nestedFlag = 0x8000;

/**
 * The payload of one rtnetlink request, written front to back into one buffer: a struct, then attributes, each padded to
 * 4 bytes. Throws RangeError for more than 1024 bytes. It does what `attribute` and `nested` do in a fifth of their
 * time, which a pod's start waits for.
 */
export class Payload {
  readonly #bytes = zeros(capacity);
  #length = 0;

  /** A struct's next bytes. */
  u8(...values: readonly number[]): this {
    for (const value of values) this.#length = this.#bytes.writeUInt8(value, this.#length);
    return this;
  }

  u16(value: number): this {
    this.#length = this.#bytes.writeUInt16LE(value, this.#length);
    return this;
  }

  /** A struct's next four bytes each. */
  u32(...values: readonly number[]): this {
    for (const value of values) this.#length = this.#bytes.writeUInt32LE(value, this.#length);
    return this;
  }

  byteAttribute(type: number, value: number): this {
    return this.#attribute(type, () => this.u8(value));
  }

  shortAttribute(type: number, value: number): this {
    return this.#attribute(type, () => this.u16(value));
  }

  numberAttribute(type: number, ...values: readonly number[]): this {
    return this.#attribute(type, () => this.u32(...values));
  }

  /** With the NUL the kernel wants at its end. */
  textAttribute(type: number, text: string): this {
    return this.bytesAttribute(type, Buffer.from(`${text}\0`));
  }

  bytesAttribute(type: number, bytes: Uint8Array): this {
    return this.#attribute(type, () => {
      this.#bytes.set(bytes, this.#length);
      this.#length += bytes.length;
    });
  }

  /** An attribute that holds what `write` writes. */
  nest(type: number, write: (payload: this) => void): this {
    return this.#attribute(type | nestedFlag, () => write(this));
  }

  /** What has been written. */
  done(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #attribute(type: number, write: () => void): this {
    const start = this.#length;
    this.#length += attributeHeaderBytes;
    write();
    this.#bytes.writeUInt16LE(this.#length - start, start);
    this.#bytes.writeUInt16LE(type, start + 2);
    this.#length = (this.#length + 3) & ~3;
    return this;
  }
}
