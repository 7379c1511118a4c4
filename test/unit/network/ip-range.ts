import { BlockList } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import {
  encodeAddress,
  formatAddress,
  formatRange,
  type IpRange,
  rangesOverlap,
} from '../../../src/network/ip-range.js';

const ipv4 = fc.ipV4();
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatAddress);

function familyOf({ address }: IpRange): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** Of two ranges that overlap the wider one holds the other's address. */
function overlapsByNode(one: IpRange, other: IpRange): boolean {
  const [wide, narrow] = one.prefixLength <= other.prefixLength ? [one, other] : [other, one];
  const list = new BlockList();
  list.addSubnet(wide.address, wide.prefixLength, familyOf(wide));
  return list.check(narrow.address, familyOf(narrow));
}

t.test('encodeAddress, formatAddress: one reads what the other writes', async (t) => {
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), (address) => {
      t.equal(formatAddress(encodeAddress(address)), address);
    }),
    { numRuns: 200 },
  );
  t.equal(formatAddress(encodeAddress('FD00:0::1')), 'fd00::1');
  for (const text of ['', '10.85.0', '10.85.0.256', 'fe80::1%eth0', '::1::', 'eth0']) {
    t.throws(() => encodeAddress(text), { name: 'RangeError', message: `"${text}" is no IP address` });
  }
});

t.test('rangesOverlap: Node says the same, whichever comes first', async (t) => {
  const near4 = fc.tuple(fc.nat(3), fc.nat(3)).map(([c, d]) => `10.85.${c}.${d}`);
  const near6 = fc.tuple(fc.nat(3), fc.nat(3)).map(([c, d]) => `fd00:85::${c}:${d}`);
  const range4 = fc.record({ address: fc.oneof(near4, ipv4), prefixLength: fc.nat(32) });
  const range6 = fc.record({ address: fc.oneof(near6, ipv6), prefixLength: fc.nat(128) });
  fc.assert(
    fc.property(fc.oneof(fc.tuple(range4, range4), fc.tuple(range6, range6)), ([one, other]) => {
      t.equal(
        rangesOverlap(one, other),
        overlapsByNode(one, other),
        `${formatRange(one)} ${formatRange(other)}`,
      );
      t.equal(rangesOverlap(one, other), rangesOverlap(other, one));
    }),
    { numRuns: 300 },
  );
  const all4 = { address: '0.0.0.0', prefixLength: 0 };
  t.notOk(rangesOverlap(all4, { address: '::', prefixLength: 0 }), 'families have nothing in common');
});
