import fc from 'fast-check';
import t from 'tap';
import { addressBytes } from '../../../../src/network/dns/address-bytes.js';
import { addressRecord, NameTable } from '../../../../src/network/dns/name-table.js';
import { reverseName, reverseZones } from '../../../../src/network/dns/reverse-name.js';
import type { DnsRecord } from '../../../../src/network/dns/zone.js';

function bytes(text: string): Buffer {
  const found = addressBytes(text);
  if (found === undefined) throw new Error(`${text} is no address`);
  return found;
}

t.test('addressBytes: every spelling of an address is the same bytes', async (t) => {
  t.same(bytes('10.85.0.2'), Buffer.from([10, 85, 0, 2]));
  for (const text of ['fd00:85::2', 'FD00:0085:0:0:0:0:0:2', 'fd00:85:0::0:2', 'fd00:85::0.0.0.2']) {
    t.equal(bytes(text).toString('hex'), 'fd000085000000000000000000000002', text);
  }
  t.equal(bytes('::').toString('hex'), '0'.repeat(32));
  t.equal(bytes('1::').toString('hex'), `0001${'0'.repeat(28)}`);
  for (const text of ['', '10.85.0', '10.85.0.256', 'web', 'fe80::1%eth0', ':::', '1:2']) {
    t.equal(addressBytes(text), undefined, text);
  }
});

t.test('addressBytes: any IPv6 address is read, however it is shortened', async () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      // A URL writes it in its one canonical form.
      const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
      return bytes(text).equals(bytes(canonical));
    }),
  );
});

t.test('reverseName: the parts of an address from the last to the first', async (t) => {
  t.equal(reverseName(bytes('10.85.0.2')), '2.0.85.10.in-addr.arpa');
  t.equal(
    reverseName(bytes('fd00:85::2')),
    '2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.8.0.0.0.0.d.f.ip6.arpa',
  );
});

t.test('reverseZones: a range that ends inside a label is several domains', async (t) => {
  t.same(reverseZones(bytes('10.85.0.1'), 16), ['85.10.in-addr.arpa']);
  t.same(reverseZones(bytes('10.85.3.1'), 24), ['3.85.10.in-addr.arpa']);
  t.same(reverseZones(bytes('10.85.19.1'), 22), [
    '16.85.10.in-addr.arpa',
    '17.85.10.in-addr.arpa',
    '18.85.10.in-addr.arpa',
    '19.85.10.in-addr.arpa',
  ]);
  t.same(reverseZones(bytes('fd00:85::1'), 64), ['0.0.0.0.0.0.0.0.5.8.0.0.0.0.d.f.ip6.arpa']);
  t.same(reverseZones(bytes('fd00:85:6::1'), 47), [
    '6.0.0.0.5.8.0.0.0.0.d.f.ip6.arpa',
    '7.0.0.0.5.8.0.0.0.0.d.f.ip6.arpa',
  ]);
});

t.test(
  'reverseZones: the reverse name of an address lies in them if and only if it is in the range',
  async () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 8, max: 30 }), (inside, other, prefix) => {
        const zones = reverseZones(bytes(inside), prefix);
        const mask = 2 ** 32 - 2 ** (32 - prefix);
        const network = (text: string) => (bytes(text).readUInt32BE(0) & mask) >>> 0;
        const isIn = (text: string) =>
          zones.some((zone) => `.${reverseName(bytes(text))}`.endsWith(`.${zone}`));
        return isIn(inside) && isIn(other) === (network(inside) === network(other));
      }),
    );
  },
);

t.test('a table that got and lost names knows what it knew before', async () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
    .map((labels) => `${labels.join('.')}.cluster.local`);
  fc.assert(
    fc.property(
      fc.array(name, { maxLength: 8 }),
      fc.array(name, { maxLength: 8 }),
      name,
      (kept, passing, asked) => {
        const table = new NameTable();
        table.addZone('cluster.local');
        const record = addressRecord('10.85.0.2') as DnsRecord;
        for (const one of kept) table.add(one, record);
        const before = table.find(asked)?.records?.length;
        const passingRecord = addressRecord('10.85.0.3') as DnsRecord;
        for (const one of passing) table.add(one, passingRecord);
        for (const one of passing) table.remove(one, passingRecord);
        const isThere = kept.some((one) => one === asked || one.endsWith(`.${asked}`));
        return table.find(asked)?.records?.length === before && (before !== undefined) === isThere;
      },
    ),
  );
});

t.test('what was never added is not removed, and a domain can be given up', async (t) => {
  const table = new NameTable();
  const record = addressRecord('10.85.0.2') as DnsRecord;
  table.addZone('cluster.local');
  t.same(table.find('cluster.local')?.records, [], 'a domain without names is there');
  table.add('web.cluster.local', record);
  table.remove('web.cluster.local', addressRecord('10.85.0.2') as DnsRecord);
  table.remove('no.cluster.local', record);
  t.equal(table.find('web.cluster.local')?.records?.length, 1);
  table.removeZone('cluster.local');
  t.equal(table.find('web.cluster.local'), undefined);
});
