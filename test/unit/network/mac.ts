import fc from 'fast-check';
import t from 'tap';
import { encodeMac, formatMac, linkLocalAddress, macOfAddress } from '../../../src/network/mac.js';

t.test('macOfAddress: the last four bytes of an address make it', async (t) => {
  t.equal(macOfAddress('10.85.0.2'), '0a:58:0a:55:00:02');
  t.equal(macOfAddress('fd00:85::1:2'), '0a:58:00:01:00:02');
  t.throws(() => macOfAddress('10.85.0'), RangeError);
});

t.test('encodeMac, formatMac: one reads what the other writes', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (array) => {
      const bytes = Buffer.from(array);
      t.same(encodeMac(formatMac(bytes)), bytes);
    }),
    { numRuns: 50 },
  );
  for (const text of [
    '',
    '0a:58:0a:55:00',
    '0a:58:0a:55:00:0g',
    '0a-58-0a-55-00-02',
    '0a:58:0a:55:00:02:03',
  ]) {
    t.throws(() => encodeMac(text), { name: 'RangeError', message: `"${text}" is no MAC address` });
  }
});

t.test('linkLocalAddress: it is the one the kernel makes of a MAC', async (t) => {
  t.equal(linkLocalAddress('0a:58:0a:55:00:02'), 'fe80::858:aff:fe55:2');
  t.equal(linkLocalAddress('02:00:00:00:00:01'), 'fe80::ff:fe00:1');
  t.equal(linkLocalAddress('d4:85:64:01:02:03'), 'fe80::d685:64ff:fe01:203');
});
