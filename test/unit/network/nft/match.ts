import fc from 'fast-check';
import t from 'tap';
import { encodeAddress, formatAddress } from '../../../../src/network/ip-range.js';
import { hasBit, isNotIn, isWithin, mapTo, translateTo } from '../../../../src/network/nft/match.js';

const ipv4 = fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.nat(32));
const ipv6 = fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(128));

function bits(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

t.test('isWithin compares the bits of the prefix, whatever the address has beyond', async (t) => {
  const check = (field: 'ip saddr' | 'ip6 saddr') => (bytes: Uint8Array, prefixLength: number) => {
    const [, masking, comparison] = isWithin(field, `${formatAddress(bytes)}/${prefixLength}`);
    const pad = (prefix: string) => prefix.padEnd(bytes.length * 8, '0');
    t.equal(masking?.kind === 'bitwise' && bits(masking.mask), pad('1'.repeat(prefixLength)));
    t.equal(comparison?.kind === 'cmp' && bits(comparison.value), pad(bits(bytes).slice(0, prefixLength)));
  };
  fc.assert(fc.property(ipv4, ([bytes, length]) => void check('ip saddr')(bytes, length)));
  fc.assert(fc.property(ipv6, ([bytes, length]) => void check('ip6 saddr')(bytes, length)));
});

t.test('fields of a set are loaded one behind the other', async (t) => {
  const words = isNotIn('sources4', 'iifname', 'ether saddr', 'ip saddr');
  t.same(
    words.map((word) => ('to' in word ? word.to : undefined)),
    [8, 12, 14, undefined],
  );
  t.match(words.at(-1), { kind: 'lookup', set: 'sources4', from: 8, flags: 1 });
});

t.test('an address and port found in a map go to where nat looks for them', async (t) => {
  t.match(mapTo('ports6', 'meta l4proto', 'th dport').at(-1), { kind: 'mapping', from: 8, to: 8 });
  t.match(translateTo(10, 'ipv6_addr'), [{ kind: 'nat', family: 10, addressFrom: 8, portFrom: 12 }]);
  t.match(translateTo(2, 'ipv4_addr'), [{ kind: 'nat', family: 2, addressFrom: 8, portFrom: 9 }]);
});

t.test('hasBit asks for a bit of whatever length the field has', async (t) => {
  const mask = encodeAddress('::').subarray(0, 6);
  mask[0] = 1;
  t.match(hasBit('ether daddr', '01:00:00:00:00:00')[1], { kind: 'bitwise', length: 6, mask });
});
