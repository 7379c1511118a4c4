import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import {
  dumpAddresses,
  dumpLinks,
  dumpRoutes,
  findLink,
  readNetwork,
  withRouteSocket,
} from '../../../src/network/dump.js';
import { findDefaultMtu, findUplink } from '../../../src/network/uplink.js';
import { requires } from '../../scratch.js';
import { ip, ipIn, runIn, withNamespaces } from './fixtures/namespaces.js';

const skip = requires('root', 'ip', 'nsenter');

interface LinkJson {
  readonly ifindex: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly address: string;
  readonly flags: readonly string[];
}

t.test('dumpLinks: they are those of ip -j, of the namespace asked for', { skip }, async (t) => {
  await withNamespaces(1, async (holder) => {
    runIn(holder, 'ip', 'link', 'add', 'middle', 'type', 'bridge');
    runIn(holder, 'ip', 'link', 'add', 'left', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'right');
    runIn(holder, 'ip', 'link', 'set', 'left', 'up', 'master', 'middle', 'alias', 'a name');
    const links = await withRouteSocket(holder.pidfd, (socket) => dumpLinks(socket));
    const wanted = ipIn(holder, 'link').map(({ ifindex, ifname, mtu, address, flags }: LinkJson) => {
      return { index: ifindex, name: ifname, mtu, mac: address, isUp: flags.includes('UP') };
    });
    const seen = links.map(({ index, name, mtu, mac, isUp }) => ({ index, name, mtu, mac, isUp }));
    t.same(seen, wanted);
    const [left, right, middle] = ['left', 'right', 'middle'].map((name) =>
      links.find((link) => link.name === name),
    );
    t.match(left, {
      kind: 'veth',
      alias: 'a name',
      master: middle?.index,
      peer: right?.index,
    });
    t.equal(left?.peerNamespaceId, undefined);
    t.match(middle, { kind: 'bridge', master: undefined, alias: '' });
    const ports = await withRouteSocket(holder.pidfd, (socket) =>
      dumpLinks(socket, { master: middle?.index ?? 0 }),
    );
    t.same(
      ports.map(({ name }) => name),
      ['left'],
    );
  });
});

t.test('readNetwork: counters, the other end’s namespace, addresses and routes', { skip }, async (t) => {
  await withNamespaces(1, async (holder) => {
    runIn(holder, 'ip', 'link', 'set', 'lo', 'up');
    runIn(holder, 'busybox', 'ping', '-c1', '-W1', '127.0.0.1');
    runIn(
      holder,
      'ip',
      'link',
      'add',
      'far',
      'type',
      'veth',
      'peer',
      'name',
      'pp-near',
      'netns',
      String(process.pid),
    );
    const { links, addresses } = await readNetwork(holder.pidfd);
    const [lo, far] = ['lo', 'far'].map((name) => links.find((link) => link.name === name));
    t.equal(lo?.stats?.rxPackets, 2);
    t.equal(lo?.stats?.txBytes, lo?.stats?.rxBytes);
    t.type(far?.peerNamespaceId, 'number');
    t.same(
      addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
      ['127.0.0.1/8', '::1/128'],
    );
    t.ok(
      (await readNetwork()).links.some(({ name }) => name === 'pp-near'),
      'without a process our own',
    );
    ip('link', 'del', 'pp-near');
  });
});

t.test('dumpAddresses, dumpRoutes: they are those of ip -j', { skip }, async (t) => {
  await withNamespaces(1, async (holder) => {
    runIn(holder, 'ip', 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right');
    for (const link of ['left', 'right']) runIn(holder, 'ip', 'link', 'set', link, 'up');
    runIn(holder, 'ip', 'address', 'add', '10.1.2.3', 'peer', '10.9.9.9/32', 'dev', 'left');
    runIn(holder, 'ip', 'address', 'add', 'fd00::7/64', 'dev', 'left', 'nodad');
    runIn(holder, 'ip', 'route', 'add', '10.7.0.0/16', 'via', '10.9.9.9', 'metric', '42');
    runIn(holder, 'ip', 'route', 'add', 'default', 'nexthop', 'via', '10.9.9.9', 'nexthop', 'dev', 'right');
    runIn(holder, 'ip', 'route', 'add', 'unreachable', '10.8.0.0/16', 'table', '7777');
    runIn(holder, 'ip', '-6', 'route', 'add', 'fd07::/48', 'via', 'fd00::8');
    await withRouteSocket(holder.pidfd, async (socket) => {
      const left = await findLink(socket, 'left');
      const addresses = await dumpAddresses(socket);
      const own = addresses.filter(({ index }) => index === left?.index).map(({ address }) => address);
      t.ok(own.includes('10.1.2.3') && own.includes('fd00::7'), 'our end of a point-to-point link');
      const routes = await dumpRoutes(socket, 4);
      t.match(
        routes.find(({ address }) => address === '10.7.0.0'),
        {
          family: 4,
          prefixLength: 16,
          gateway: '10.9.9.9',
          index: left?.index,
          table: 254,
          metric: 42,
          isUnicast: true,
        },
      );
      const byDefault = routes.find(({ prefixLength }) => prefixLength === 0);
      t.match(byDefault, { address: '0.0.0.0', index: left?.index }, 'of several ways the first');
      t.match(
        routes.find(({ table }) => table === 7777),
        { address: '10.8.0.0', isUnicast: false },
      );
      const route = (await dumpRoutes(socket, 6)).find(({ address }) => address === 'fd07::');
      t.match(route, { family: 6, prefixLength: 48, gateway: 'fd00::8', index: left?.index });
    });
  });
});

t.test('findLink: by name or index, undefined when there is none', { skip }, async (t) => {
  await withRouteSocket(undefined, async (socket) => {
    t.match(await findLink(socket, 'lo'), { index: 1, name: 'lo' });
    t.match(await findLink(socket, 1), { index: 1, name: 'lo' });
    t.equal(await findLink(socket, 'no-such-link'), undefined);
    t.equal(await findLink(socket, 4242), undefined);
  });
});

t.test('dumpLinks: of many, while others come and go, each is listed once', { skip }, async (t) => {
  await withNamespaces(1, async (holder) => {
    const enter = `nsenter --net=/proc/${holder.pid}/ns/net`;
    const numbers = Array.from({ length: 100 }, (_, number) => number);
    const adding = numbers.map((n) => `link add many${n} type veth peer name peer${n}`).join('\n');
    await promisify(execFile)('sh', ['-c', `echo "${adding}" | ${enter} ip -batch -`]);
    const churn = 'link add brief type ifb\nlink del brief\n'.repeat(15);
    const churning = promisify(execFile)('sh', ['-c', `echo "${churn}" | ${enter} ip -batch -`]);
    const state = { isOver: false };
    const over = churning.finally(() => {
      state.isOver = true;
    });
    await withRouteSocket(holder.pidfd, async (socket) => {
      do {
        const names = (await dumpLinks(socket)).map(({ name }) => name).filter((name) => name !== 'brief');
        if (new Set(names).size !== 201 || names.length !== 201) t.fail(`${names.length} links`);
      } while (!state.isOver);
    });
    await over;
    t.pass('201 each time');
  });
});

t.test('findUplink: the interface of the default route, and its MTU', { skip }, async (t) => {
  await withNamespaces(1, async (holder) => {
    const mtu = () => withRouteSocket(holder.pidfd, findDefaultMtu);
    t.equal(await mtu(), 1500, 'without one, Ethernet’s');
    t.equal(await withRouteSocket(holder.pidfd, findUplink), undefined);
    for (const [name, size] of [
      ['slow', '1400'],
      ['fast', '9000'],
    ]) {
      runIn(holder, 'ip', 'link', 'add', name ?? '', 'mtu', size ?? '', 'type', 'ifb');
      runIn(holder, 'ip', 'link', 'set', name ?? '', 'up');
    }
    runIn(holder, 'ip', '-6', 'route', 'add', 'default', 'dev', 'fast');
    t.equal(await mtu(), 9000, 'IPv6’s where IPv4 has none');
    runIn(holder, 'ip', 'route', 'add', 'default', 'dev', 'fast', 'metric', '100');
    runIn(holder, 'ip', 'route', 'add', 'default', 'dev', 'slow', 'metric', '50');
    runIn(holder, 'ip', 'route', 'add', 'default', 'dev', 'fast', 'table', '7');
    t.match(await withRouteSocket(holder.pidfd, findUplink), { name: 'slow', mtu: 1400 });
    t.equal(await mtu(), 1400);
    runIn(holder, 'ip', 'link', 'set', 'lo', 'up');
    runIn(holder, 'ip', 'route', 'add', 'default', 'dev', 'lo', 'metric', '1');
    t.equal(await mtu(), 65535, 'no more than any other interface can have');
  });
});
