import fc from 'fast-check';
import t from 'tap';
import { attribute, nested, parseAttributes } from '../../../src/kernel/netlink-message.js';
import { Payload } from '../../../src/network/payload.js';

const type = fc.integer({ min: 1, max: 0x3fff });
const number = fc.nat(0xffffffff);
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'grapheme', maxLength: 15 }).filter((value) => !value.includes('\0'));

function u32(...values: readonly number[]): Buffer {
  const wire = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) wire.writeUInt32LE(value, index * 4);
  return wire;
}

t.test('Payload: attributes are those of attribute and nested', async (t) => {
  const values = fc.record({ type, number, bytes, text, byte: fc.nat(255) });
  fc.assert(
    fc.property(values, values, (one, other) => {
      const payload = new Payload().u8(1, 2, 3, 4).u32(one.number);
      payload.textAttribute(one.type, one.text).nest(other.type, () => {
        payload.byteAttribute(one.type, one.byte).bytesAttribute(other.type, other.bytes);
        payload.nest(one.type, () => payload.numberAttribute(other.type, one.number, other.number));
      });
      const inner = nested(one.type, [attribute(other.type, u32(one.number, other.number))]);
      const expected = [
        Buffer.from([1, 2, 3, 4]),
        u32(one.number),
        attribute(one.type, `${one.text}\0`),
        nested(other.type, [
          attribute(one.type, Buffer.from([one.byte])),
          attribute(other.type, other.bytes),
          inner,
        ]),
      ];
      t.same(payload.done(), Buffer.concat(expected));
    }),
    { numRuns: 100 },
  );
});

t.test('Payload: attributes are read back', async (t) => {
  const entries = fc.uniqueArray(fc.tuple(type, bytes), { selector: ([key]) => key, maxLength: 15 });
  fc.assert(
    fc.property(entries, (list) => {
      const payload = new Payload();
      for (const [key, value] of list) payload.bytesAttribute(key, value);
      t.same([...parseAttributes(payload.done())], list);
    }),
    { numRuns: 50 },
  );
});

t.test('Payload: what does not fit is refused', async (t) => {
  t.throws(() => new Payload().bytesAttribute(1, Buffer.alloc(1021)), RangeError);
  t.equal(new Payload().bytesAttribute(1, Buffer.alloc(1020)).done().length, 1024);
  t.throws(() => new Payload().textAttribute(1, 'x'.repeat(1020)), RangeError);
  t.throws(() => new Payload().numberAttribute(1, -1), RangeError);
  t.throws(() => new Payload().u32(2 ** 32), RangeError);
});
