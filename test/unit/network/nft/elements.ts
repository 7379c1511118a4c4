import fc from 'fast-check';
import t from 'tap';
import { attribute, nested, parseAttributes } from '../../../../src/kernel/netlink-message.js';
import { macs, ports4 } from '../../../../src/network/firewall-sets.js';
import { buildAddition, buildRemoval } from '../../../../src/network/nft/elements.js';
import type { Table } from '../../../../src/network/nft/table.js';

const table: Table = { family: 1, name: 'peapod', counters: [], sets: [], chains: [] };
const listAttribute = 3;

function port(hostPort: number) {
  return { set: ports4, key: [6, hostPort], data: ['10.85.0.2', 80] };
}

/** The same as the attributes one within the other. */
function wire(hostPort: number): Buffer {
  const key = Buffer.of(6, 0, 0, 0, hostPort >> 8, hostPort & 0xff, 0, 0);
  const data = Buffer.from('0a55000200500000', 'hex');
  return nested(1, [nested(1, [attribute(1, key)]), nested(2, [attribute(1, data)])]);
}

t.test('elements of a map are keys and data in lists', async (t) => {
  const anyPorts = fc
    .tuple(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 1700 }))
    .map(([first, count]) => Array.from({ length: count }, (_, index) => first + index));
  fc.assert(
    fc.property(anyPorts, (ports) => {
      const requests = buildAddition(table, ports.map(port), 'publish ports');
      t.equal(requests.length, Math.ceil(ports.length / 500), 'an attribute has no more than 64 KiB');
      const lists = requests.map(({ payload }) => parseAttributes(payload.subarray(4)).get(listAttribute));
      const all = Buffer.concat(lists.map((list) => list ?? Buffer.alloc(0)));
      t.ok(all.equals(Buffer.concat(ports.map(wire))));
    }),
    { numRuns: 30 },
  );
});

t.test('what is added is grouped by set; what is removed goes one by one, without data', async (t) => {
  const elements = [port(1), { set: macs, key: ['veth1', '0a:58:0a:55:00:02'] }, port(2)];
  const added = buildAddition(table, elements, 'add');
  t.same(
    added.map(({ payload }) => parseAttributes(payload.subarray(4)).get(2)?.toString()),
    ['ports4\0', 'macs\0'],
  );
  const removed = buildRemoval(table, elements, 'remove');
  t.equal(removed.length, 3);
  const first = parseAttributes(removed[0]?.payload.subarray(4) ?? Buffer.alloc(0)).get(listAttribute);
  t.same(first, nested(1, [nested(1, [attribute(1, Buffer.from('0600000000010000', 'hex'))])]));
  t.same(buildAddition(table, [], 'nothing'), []);
});
