import t from 'tap';
import { textAttribute } from '../../../src/kernel/nfnetlink.js';
import { findLosses } from '../../../src/network/firewall-watch.js';

function news(subsystem: number, message: number, table: string, portId: number) {
  const payload = Buffer.concat([Buffer.of(1, 0, 0, 0), textAttribute(1, table)]);
  return { type: (subsystem << 8) | message, flags: 0, sequence: 1, portId, payload };
}

t.test('removals in tables of our name are losses, by whom they were made', async (t) => {
  const nftables = 10;
  const [newTable, delTable, delRule, newElement, delElement] = [0, 2, 8, 12, 14];
  const heard = [
    news(nftables, delTable, 'peapod', 1),
    news(nftables, delTable, 'peapod-1234', 2),
    news(nftables, delRule, 'peapod', 3),
    news(nftables, newElement, 'peapod', 4),
    news(nftables, delElement, 'peapod', 5),
    news(nftables, newTable, 'peapod', 6),
    news(1, delTable, 'peapod', 7),
  ];
  t.same(findLosses(heard, 'peapod'), [1, 3, 5, 6]);
  t.same(findLosses([], 'peapod'), []);
  t.equal(findLosses('lost', 'peapod'), 'lost');
});
