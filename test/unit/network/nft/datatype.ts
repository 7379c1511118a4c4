import fc from 'fast-check';
import t from 'tap';
import {
  concatenationBytes,
  concatenationId,
  type DatatypeName,
  writeConcatenation,
} from '../../../../src/network/nft/datatype.js';

/** Values with their bytes, filled up to registers of four. */
const values: readonly (readonly [DatatypeName, string | number, string])[] = [
  ['ipv4_addr', '10.85.0.2', '0a550002'],
  ['ipv6_addr', 'fd00:85::2', 'fd000085000000000000000000000002'],
  ['ether_addr', '0a:58:0a:55:00:02', '0a580a5500020000'],
  ['inet_proto', 6, '06000000'],
  ['inet_service', 8080, '1f900000'],
  ['ifname', 'veth0123456789a', '7665746830313233343536373839610000'.slice(0, 32)],
  ['ct_status', 32, '20000000'],
  ['ether_type', 0x86dd, '86dd0000'],
];

t.test('values stand one after another, each from a register on', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...values), { maxLength: 4 }), (some) => {
      const types = some.map(([type]) => type);
      const bytes = Buffer.alloc(8 + concatenationBytes(types));
      const end = writeConcatenation(
        bytes,
        8,
        types,
        some.map(([, value]) => value),
      );
      t.equal(end, bytes.length);
      t.equal(bytes.subarray(8).toString('hex'), some.map(([, , hex]) => hex).join(''));
    }),
  );
});

t.test("a concatenation has nft's number, six bits a part", async (t) => {
  t.equal(concatenationId(['ifname']), 41);
  t.equal(concatenationId(['inet_proto', 'inet_service']), (12 << 6) | 13);
  t.equal(concatenationId(['ifname', 'ether_addr', 'ipv4_addr']), (41 << 12) | (9 << 6) | 7);
});

t.test('a value that is none is refused', async (t) => {
  const write = (type: DatatypeName, value: string | number) => () =>
    writeConcatenation(Buffer.alloc(16), 0, [type], [value]);
  t.throws(write('ipv4_addr', 'localhost'), RangeError);
  t.throws(write('ether_addr', '0a:58'), RangeError);
  t.throws(write('inet_service', 65536), RangeError);
});
