import { execFileSync } from 'node:child_process';
import t from 'tap';
import { NetlinkSocket } from '../../../src/kernel/netlink.js';
import { listenNetlink, type NetlinkNews } from '../../../src/kernel/netlink-listener.js';
import {
  buildBatch,
  buildTrial,
  NETLINK_NETFILTER,
  NFNL_SUBSYS_CTNETLINK,
  NFNL_SUBSYS_NFTABLES,
} from '../../../src/kernel/nfnetlink.js';
import { buildTable, buildTableRemoval } from '../../../src/network/nft/table.js';
import { withLeakCheck } from '../../leaks.js';
import { requires } from '../../scratch.js';

const skip = requires('root', 'nft');
const nftables = NFNL_SUBSYS_NFTABLES;

function table(name: string) {
  return { family: 1, name, counters: ['hits'], sets: [], chains: [{ name: 'chain', rules: [] }] };
}

/** Of the family of ours: what a CNI plugin's iptables has made may be there, too. */
function tables(): string {
  return execFileSync('nft', ['list', 'tables', 'inet'], { encoding: 'utf8' });
}

async function withSocket(work: (socket: NetlinkSocket) => Promise<void>): Promise<void> {
  const socket = await NetlinkSocket.open(NETLINK_NETFILTER);
  await work(socket).finally(() => socket.close());
}

t.test('nfnetlink: a batch is carried out as a whole', { skip }, async (t) => {
  const work = () =>
    withSocket(async (socket) => {
      t.same(
        await socket.attempt(buildBatch(nftables, [...buildTable(table('a')), ...buildTable(table('b'))])),
        [],
      );
      t.equal(tables(), 'table inet a\ntable inet b\n');
      const removals = [buildTableRemoval(table('a')), buildTableRemoval(table('b'))];
      t.same(await socket.send(buildBatch(nftables, removals)), [[], [], [], []]);
      t.equal(tables(), '');
    });
  await withLeakCheck(t, work, { cgroups: [] });
});

t.test('nfnetlink: a batch that fails leaves nothing, and tells what failed', { skip }, async (t) => {
  await withSocket(async (socket) => {
    const requests = [
      ...buildTable(table('a')),
      buildTableRemoval(table('missing')),
      buildTableRemoval(table('gone')),
      ...buildTable(table('b')),
    ];
    const refusals = await socket.attempt(buildBatch(nftables, requests));
    t.same(
      refusals.map(({ error }) => [error.message, error.code]),
      [
        ['Cannot remove table inet missing: ENOENT', 'ENOENT'],
        ['Cannot remove table inet gone: ENOENT', 'ENOENT'],
      ],
    );
    t.equal(tables(), '');
    const last = buildBatch(nftables, [...buildTable(table('a')), buildTableRemoval(table('missing'))]);
    await t.rejects(socket.send(last), { message: 'Cannot remove table inet missing: ENOENT' });
    t.same(await socket.attempt(buildBatch(nftables, [])), [], 'an empty one is none');
    t.equal(tables(), '');
  });
});

t.test('nfnetlink: a subsystem without batches refuses the batch, not a request', { skip }, async (t) => {
  await withSocket(async (socket) => {
    await t.rejects(socket.send(buildBatch(NFNL_SUBSYS_CTNETLINK, buildTable(table('a')))), {
      message: 'Cannot change the packet filter: ENOTSUP',
    });
  });
});

t.test('nfnetlink: a trial changes nothing, and tells what would fail', { skip }, async (t) => {
  await withSocket(async (socket) => {
    t.same(await socket.attempt(buildTrial(nftables, buildTable(table('a')))), []);
    t.equal(tables(), '');
    const failing = [...buildTable(table('a')), buildTableRemoval(table('missing'))];
    t.equal((await socket.attempt(buildTrial(nftables, failing))).length, 1);
    t.equal(tables(), '');
  });
});

t.test('nfnetlink: a listener hears who changed what', { skip }, async (t) => {
  const heard: NetlinkNews[] = [];
  const listener = listenNetlink(NETLINK_NETFILTER, 7, (news) => heard.push(news));
  await withSocket(async (socket) => {
    await socket.send(buildBatch(nftables, buildTable(table('a'))));
    await socket.send(buildBatch(nftables, [buildTableRemoval(table('a'))]));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ports = heard.flatMap((news) => (news === 'lost' ? [] : news.map(({ portId }) => portId)));
    t.ok(ports.length > 2);
    t.same(new Set(ports), new Set([socket.portId]));
    t.type(socket.portId, 'number');
  });
  listener.close();
  t.throws(() => listenNetlink(NETLINK_NETFILTER, 1000, () => {}), { code: 'EINVAL' });
});
