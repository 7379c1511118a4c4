/**
 * The framing of exec, attach and logs: one byte of channel, four bytes of length (big-endian), the payload. An empty
 * frame on a data channel ends that stream.
 */
export const channels = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  /** Rows and columns, two unsigned 16-bit numbers. */
  resize: 3,
  /** JSON: an ExitStatus. The last frame of a session. */
  exit: 4,
  /** One byte: the data channel on which the receiver has room for one more frame. */
  credit: 5,
  /** JSON: what to open. The first frame of a session. */
  open: 6,
  /** JSON: which streams there are. */
  ready: 7,
  /** JSON: a WireError. Nothing follows it. */
  error: 8,
} as const;

export interface Frame {
  readonly channel: number;
  readonly payload: Buffer;
}

/** Bytes in a frame of data. */
export const maxDataBytes = 64 * 1024;

/** Bytes in any frame: the same limit as a request's body. */
export const maxFrameBytes = 4 * 1024 * 1024;

const headerBytes = 5;

export function encodeFrame(channel: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  frame.writeUInt8(channel, 0);
  frame.writeUInt32BE(payload.length, 1);
  frame.set(payload, headerBytes);
  return frame;
}

/** Cuts a stream of bytes, in whatever pieces it comes, into frames. Never holds more than one frame and one piece. */
export class FrameParser {
  #pieces: Buffer[] = [];
  #size = 0;
  #header: { channel: number; length: number } | undefined;

  /** Throws a RangeError on a channel or a length no peer of ours sends. */
  *push(piece: Buffer): Generator<Frame> {
    this.#pieces.push(piece);
    this.#size += piece.length;
    for (;;) {
      this.#header ??= this.#readHeader();
      if (this.#header === undefined || this.#size < this.#header.length) return;
      const { channel, length } = this.#header;
      this.#header = undefined;
      yield { channel, payload: this.#take(length) };
    }
  }

  #readHeader(): { channel: number; length: number } | undefined {
    if (this.#size < headerBytes) return undefined;
    const bytes = this.#take(headerBytes);
    const channel = bytes.readUInt8(0);
    const length = bytes.readUInt32BE(1);
    const limit = channel <= channels.stderr ? maxDataBytes : maxFrameBytes;
    if (channel > channels.error || length > limit)
      throw new RangeError(`frame ${channel} of ${length} bytes`);
    return { channel, length };
  }

  #take(length: number): Buffer {
    const all = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces);
    this.#pieces = all.length > length ? [all.subarray(length)] : [];
    this.#size -= length;
    return all.subarray(0, length);
  }
}
