import { PassThrough } from 'node:stream';
import { setImmediate as tick } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { Inlet, Outlet, windowFrames } from '../../../src/daemon/flow.js';
import { maxDataBytes } from '../../../src/daemon/frames.js';

t.test('an outlet sends a window of frames and no more until it is granted', async (t) => {
  const sent: Buffer[] = [];
  const outlet = new Outlet((payload) => sent.push(payload));
  const source = new PassThrough({ highWaterMark: 1 << 24 });
  source.end(Buffer.alloc((windowFrames + 3) * maxDataBytes));
  const done = outlet.pump(source);
  await tick();
  await tick();
  t.equal(sent.length, windowFrames);
  t.equal(outlet.isBlocked, true);
  for (let left = 3; left > 0; left--) outlet.grant();
  await done;
  t.equal(sent.length, windowFrames + 3 + 1);
  t.equal(sent.at(-1)?.length, 0, 'the last frame ends the stream');
});

t.test('a closed outlet lets go of a source it was blocked on', async (t) => {
  const sent: Buffer[] = [];
  const outlet = new Outlet((payload) => sent.push(payload));
  const source = new PassThrough({ highWaterMark: 1 << 24 });
  source.write(Buffer.alloc((windowFrames + 1) * maxDataBytes));
  const done = outlet.pump(source);
  await tick();
  await tick();
  outlet.close();
  await done;
  t.equal(sent.length, windowFrames);
  t.equal(source.destroyed, true);
});

t.test('an inlet refuses frames beyond its window', async (t) => {
  const inlet = new Inlet(() => {});
  for (let frame = 0; frame <= windowFrames; frame++) inlet.accept(Buffer.alloc(1));
  t.throws(() => {
    inlet.accept(Buffer.alloc(1));
  }, RangeError);
});

t.test('an inlet whose reader is gone drops frames and goes on granting', async (t) => {
  let granted = 0;
  const inlet = new Inlet(() => granted++);
  inlet.destroy();
  for (let frame = 0; frame < 100; frame++) inlet.accept(Buffer.alloc(1));
  t.equal(granted, 100);
});

t.test('what goes in at an outlet comes out at its inlet', async (t) => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200_000 }), { maxLength: 20 });
  const property = fc.asyncProperty(chunks, async (pieces) => {
    const inlet: Inlet = new Inlet(() => outlet.grant());
    const outlet = new Outlet((payload) => inlet.accept(Buffer.from(payload)));
    const source = new PassThrough();
    const pumped = outlet.pump(source);
    for (const piece of pieces) source.write(piece);
    source.end();
    const received: Buffer[] = [];
    for await (const piece of inlet) received.push(piece as Buffer);
    await pumped;
    return Buffer.concat(received).equals(Buffer.concat(pieces));
  });
  await t.resolves(fc.assert(property, { numRuns: 30 }));
});
