import fc from 'fast-check';
import t from 'tap';
import { parseRanges, podAddressAt, podIndexOf } from '../../../src/network/ranges.js';

const place = '--pod-cidr';

t.test('parseRanges: the bridge has the first address, pods the next, the broadcast nobody', (t) => {
  const [range] = parseRanges(['10.85.0.0/16'], place);
  t.match(range, { family: 4, cidr: '10.85.0.0/16', gateway: '10.85.0.1', capacity: 65533 });
  const [small] = parseRanges(['192.168.7.8/29'], place);
  if (range === undefined || small === undefined) return;
  t.same(podAddressAt(range, 0), {
    family: 4,
    address: '10.85.0.2',
    prefixLength: 16,
    gateway: '10.85.0.1',
  });
  t.equal(podAddressAt(range, 65532).address, '10.85.255.254');
  t.equal(podAddressAt(small, small.capacity - 1).address, '192.168.7.14');
  t.end();
});

t.test('parseRanges: IPv4 comes first, and IPv6 is written the usual way', (t) => {
  const ranges = parseRanges([' FD00:0085::/64', '10.85.0.0/16'], place);
  t.same(
    ranges.map(({ cidr, gateway }) => [cidr, gateway]),
    [
      ['10.85.0.0/16', '10.85.0.1'],
      ['fd00:85::/64', 'fd00:85::1'],
    ],
  );
  t.equal(ranges[1]?.capacity, 2 ** 32 - 2);
  t.equal(parseRanges(['fd00::/125'], place)[0]?.capacity, 6);
  t.end();
});

t.test('podIndexOf: undoes podAddressAt, and knows what is none of the range', (t) => {
  const cidrs = ['10.0.0.0/8', '10.85.0.0/16', '172.30.4.0/29', 'fd00:85::/64', 'fd00::/32', 'fd00::8/125'];
  for (const cidr of cidrs) {
    const range = parseRanges([cidr], place)[0];
    if (range === undefined) throw new Error(cidr);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: range.capacity - 1 }), (index) => {
        return podIndexOf(range, podAddressAt(range, index).address) === index;
      }),
    );
    t.equal(podIndexOf(range, range.gateway), undefined);
    t.equal(podIndexOf(range, range.address), undefined);
    t.equal(podIndexOf(range, podAddressAt(range, range.capacity).address), undefined);
  }
  const [range] = parseRanges(['10.85.0.0/16'], place);
  for (const text of ['10.86.0.2', '10.85.255.255', 'fd00::2', 'x', ''])
    t.equal(range && podIndexOf(range, text), undefined, text);
  t.end();
});

t.test('parseRanges: what cannot be a range is told with its place', (t) => {
  const wrong: [string[], RegExp][] = [
    [[], /Cannot use --pod-cidr: it names no range/],
    [[''], /"" is no range of addresses/],
    [['10.85.0.0'], /"10.85.0.0" is no range/],
    [['10.85.0.0/'], /is no range/],
    [['10.85.0.0/33'], /is no range/],
    [['10.85.0.0/-1'], /is no range/],
    [['10.85.0/16'], /is no range/],
    [['fd00::/129'], /is no range/],
    [['fe80::1%eth0/64'], /is no range/],
    [['10.85.0.1/16'], /10.85.0.1\/16 begins in the middle of a range/],
    [['10.85.0.0/30'], /10.85.0.0\/30 is too small for pods/],
    [['0.0.0.0/0'], /0.0.0.0\/0 is too large for pods/],
    [['fd00::/126'], /too small/],
    [['2000::/16'], /too large/],
    [['127.0.0.0/8'], /overlaps 127.0.0.0\/8, which is loopback/],
    [['127.1.0.0/16'], /overlaps 127.0.0.0\/8/],
    [['169.254.8.0/24'], /which is link-local/],
    [['224.0.0.0/8'], /which is multicast/],
    [['255.255.255.0/24'], /which is reserved/],
    [['0.0.0.0/8'], /which is "this network"/],
    [['fe80::/64'], /which is link-local/],
    [['ff02::/64'], /which is multicast/],
    [['::/64'], /overlaps ::\/8/],
    [['10.85.0.0/16', '10.85.7.0/24'], /10.85.0.0\/16 and 10.85.7.0\/24 overlap/],
    [['10.85.0.0/16', '10.86.0.0/16'], /10.85.0.0\/16 and 10.86.0.0\/16 are both IPv4/],
    [['10.85.0.0/16', 'fd00::/64', 'fd01::/64'], /are both IPv6/],
  ];
  for (const [cidrs, message] of wrong) {
    t.throws(() => parseRanges(cidrs, place), { code: 'PEAPOD_USAGE', message, details: { place } });
  }
  t.throws(() => parseRanges(['10.85.3.9/16'], place), { code: 'PEAPOD_USAGE', hint: 'Write 10.85.0.0/16' });
  t.doesNotThrow(() => parseRanges(['8.8.0.0/16'], place), 'a public range, if somebody asks for it');
  t.end();
});
