import fc from 'fast-check';
import t from 'tap';
import {
  attribute,
  encodeMessage,
  nested,
  parseAttributes,
  parseMessages,
} from '../../../src/kernel/netlink-message.js';
import { buildLinkUp } from '../../../src/network/link.js';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const message = fc.record({
  type: fc.nat(0xffff),
  flags: fc.nat(0xffff),
  sequence: fc.nat(0xffffffff),
  payload: bytes,
});

t.test('messages are read back from one datagram', async (t) => {
  fc.assert(
    fc.property(fc.array(message), (messages) => {
      const wire = Buffer.concat(messages.map(encodeMessage));
      t.equal(wire.length % 4, 0);
      t.same(
        parseMessages(wire),
        messages.map((one) => ({ ...one, portId: 0 })),
      );
    }),
    { numRuns: 50 },
  );
});

t.test('attributes are read back', async (t) => {
  const entries = fc.uniqueArray(fc.tuple(fc.nat(0x3fff), bytes), { selector: ([type]) => type });
  fc.assert(
    fc.property(entries, (list) => {
      t.same([...parseAttributes(Buffer.concat(list.map(([type, value]) => attribute(type, value))))], list);
    }),
    { numRuns: 50 },
  );
});

t.test('a nested attribute holds attributes', async (t) => {
  const outer = parseAttributes(nested(18, [attribute(1, 'veth\0')]));
  t.same(parseAttributes(outer.get(18) ?? Buffer.alloc(0)), new Map([[1, Buffer.from('veth\0')]]));
});

t.test('lengths that do not fit are refused, never read beyond', async (t) => {
  const mangled = fc.tuple(bytes, fc.nat(0xffffffff)).map(([rest, length]) => {
    const wire = Buffer.concat([Buffer.alloc(16), rest]);
    wire.writeUInt32LE(length, 0);
    return wire;
  });
  fc.assert(
    fc.property(mangled, (wire) => {
      for (const parse of [parseMessages, parseAttributes]) {
        try {
          parse(wire);
        } catch (error) {
          t.type(error, RangeError);
        }
      }
    }),
  );
  t.throws(() => parseMessages(Buffer.from([8, 0, 0, 0])), RangeError);
  t.throws(() => parseAttributes(Buffer.from([0, 0, 1, 0])), RangeError);
});

t.test('an interface is brought up by one ifinfomsg', async (t) => {
  const wire = '00000000' + '01000000' + '01000000' + '01000000';
  t.equal(buildLinkUp(1, 'lo').payload.toString('hex'), wire);
});
