import fc from 'fast-check';
import t from 'tap';
import {
  channels,
  encodeFrame,
  FrameParser,
  maxDataBytes,
  maxFrameBytes,
} from '../../../src/daemon/frames.js';

const frame = fc.record({
  channel: fc.integer({ min: 0, max: channels.error }),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

t.test('frames survive being cut anywhere', async (t) => {
  const property = fc.property(
    fc.array(frame, { maxLength: 12 }),
    fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }),
    (frames, sizes) => {
      const wire = Buffer.concat(frames.map(({ channel, payload }) => encodeFrame(channel, payload)));
      const parser = new FrameParser();
      const parsed = cut(wire, sizes).flatMap((piece) => [...parser.push(piece)]);
      return (
        parsed.length === frames.length &&
        parsed.every(
          (found, at) =>
            found.channel === frames[at]?.channel &&
            found.payload.equals(frames[at]?.payload ?? Buffer.of(0)),
        )
      );
    },
  );
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }));
});

function cut(wire: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < wire.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(wire.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

t.test('a frame larger than its channel allows is refused at its header', async (t) => {
  const header = (channel: number, length: number): Buffer => {
    const bytes = Buffer.alloc(5);
    bytes.writeUInt8(channel, 0);
    bytes.writeUInt32BE(length, 1);
    return bytes;
  };
  t.throws(() => [...new FrameParser().push(header(channels.stdin, maxDataBytes + 1))], RangeError);
  t.throws(() => [...new FrameParser().push(header(channels.open, maxFrameBytes + 1))], RangeError);
  t.throws(() => [...new FrameParser().push(header(channels.error + 1, 0))], RangeError);
  t.same([...new FrameParser().push(header(channels.open, maxFrameBytes))], [], 'the largest is waited for');
});
