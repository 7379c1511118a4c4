import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { NetlinkRequest } from '../../../src/kernel/netlink.js';
import type { Attachment } from '../../../src/network/attachment.js';
import { ensureBridge, removeBridge } from '../../../src/network/bridge.js';
import { type Bridge, buildHostRequests, buildPodRequests } from '../../../src/network/build-attachment.js';
import { findPodLinks, readNetwork, withRouteSocket } from '../../../src/network/dump.js';
import { macOfAddress } from '../../../src/network/mac.js';
import { withLeakCheck } from '../../leaks.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { ip, ipIn, type NamespaceHolder, runIn, withNamespaces } from './fixtures/namespaces.js';

const skip = requires('root', 'ip', 'nsenter', 'busybox');
const nobodysCgroup = { cgroups: ['peapod-test-of-attachments'] };
const owner = 'peapod-test';
const name = 'pp-test1';
const host = { pid: process.pid };
const pollMs = 10;

/** Sends requests from within a namespace. */
function exchange(pidfd: number, requests: readonly NetlinkRequest[]) {
  return withRouteSocket(pidfd, (socket) => socket.send(requests));
}

function attachmentOf(number: number, changes: Partial<Attachment> = {}): Attachment {
  const address = `10.86.0.${number}`;
  return {
    podUid: `uid-${number}`,
    bridge: name,
    link: `ppveth${number}`,
    mac: macOfAddress(address),
    mtu: 1450,
    addresses: [
      { family: 4, address, prefixLength: 16, gateway: '10.86.0.1' },
      { family: 6, address: `fd00:86::${number}`, prefixLength: 64, gateway: 'fd00:86::1' },
    ],
    ports: [],
    ...changes,
  };
}

async function withBridge(work: (bridge: Bridge) => Promise<void>): Promise<void> {
  const addresses = [
    { address: '10.86.0.1', prefixLength: 16 },
    { address: 'fd00:86::1', prefixLength: 64 },
  ];
  const bridge = await ensureBridge({ name, owner, addresses, mtu: 1450 });
  await work(bridge).finally(() => removeBridge(bridge));
}

async function attach(attachment: Attachment, bridge: Bridge, { pidfd }: NamespaceHolder): Promise<void> {
  const { hasIpv6 } = bridge;
  await exchange(pidfd, buildPodRequests(attachment, { host, hasIpv6 }));
  await withRouteSocket(undefined, (socket) => socket.send(buildHostRequests(attachment, bridge)));
}

async function whenGone(link: string): Promise<void> {
  const isThere = ({ ifname }: { ifname: string }) => ifname === link;
  while (ip('link').some(isThere)) await sleep(pollMs);
}

t.test('an attachment: both ends are as iproute2 sees them', { skip }, async (t) => {
  await withBridge((bridge) =>
    withNamespaces(1, async (pod) => {
      const attachment = attachmentOf(2);
      await attach(attachment, bridge, pod);
      const [hostEnd] = ip('-d', 'link', 'show', 'ppveth2');
      t.match(hostEnd, { mtu: 1450, master: name, ifalias: 'peapod-test/uid-2', operstate: 'UP' });
      t.match(hostEnd, {
        num_tx_queues: 1,
        num_rx_queues: 1,
        linkinfo: { info_slave_data: { hairpin: true } },
      });
      t.same(ip('address', 'show', 'dev', 'ppveth2')[0].addr_info, [], 'the host’s end has no address');
      const [podEnd] = ipIn(pod, '-d', 'link', 'show', 'eth0');
      t.match(podEnd, { mtu: 1450, address: '0a:58:0a:56:00:02', operstate: 'UP', num_tx_queues: 1 });
      t.match(ipIn(pod, 'link', 'show', 'lo')[0].flags, ['LOOPBACK', 'UP', 'LOWER_UP']);
      const addresses = ipIn(pod, 'address', 'show', 'dev', 'eth0')[0].addr_info;
      t.same(addresses.map(({ local }: { local: string }) => local).sort(), [
        '10.86.0.2',
        'fd00:86::2',
        'fe80::858:aff:fe56:2',
      ]);
      t.match(ipIn(pod, 'route', 'show', 'default'), [{ gateway: '10.86.0.1', dev: 'eth0' }]);
      t.match(ipIn(pod, '-6', 'route', 'show', 'default'), [{ gateway: 'fd00:86::1', dev: 'eth0' }]);
    }),
  );
});

t.test(
  'an attachment: pods reach each other and the bridge at once, by IPv4 and IPv6',
  { skip },
  async (t) => {
    const directory = scratchDirectory(t);
    writeFileSync(join(directory, 'index.html'), 'from a pod');
    const work = () =>
      withBridge((bridge) =>
        withNamespaces(2, async (first, second) => {
          await attach(attachmentOf(2), bridge, first);
          await attach(attachmentOf(3), bridge, second);
          const { addresses } = await readNetwork(first.pidfd);
          t.same(
            addresses.filter(({ isTentative }) => isTentative),
            [],
            'no address waits to be found unique',
          );
          for (const target of ['10.86.0.3', 'fd00:86::3', '10.86.0.1', 'fd00:86::1']) {
            t.match(runIn(first, 'busybox', 'ping', '-c1', '-W2', target), '1 packets received');
          }
          t.match(
            runIn(host, 'busybox', 'ping', '-c1', '-W2', 'fd00:86::3'),
            '1 packets received',
            'from the host',
          );
          for (const address of ['10.86.0.3', 'fd00:86::3']) {
            t.match(await fetchFrom(first, second, { address, directory }), /from a pod$/);
          }
        }),
      );
    await withLeakCheck(t, work, { ...nobodysCgroup, directories: [directory] });
  },
);

async function fetchFrom(
  client: NamespaceHolder,
  server: NamespaceHolder,
  { address, directory }: { address: string; directory: string },
): Promise<string> {
  const command = [`--net=/proc/${server.pid}/ns/net`, 'busybox', 'httpd', '-f', '-p', '80', '-h', directory];
  const httpd = spawn('nsenter', command, { stdio: 'ignore' });
  try {
    while (!/ 0A /.test(runIn(server, 'cat', '/proc/self/net/tcp', '/proc/self/net/tcp6')))
      await sleep(pollMs);
    return runIn(client, 'sh', '-c', `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 5 ${address} 80`);
  } finally {
    httpd.kill('SIGKILL');
    await once(httpd, 'exit');
  }
}

t.test('an attachment: an IPv4 pod has no IPv6 at all', { skip }, async (t) => {
  await withBridge((bridge) =>
    withNamespaces(1, async (pod) => {
      const { addresses } = attachmentOf(2);
      await attach(attachmentOf(2, { addresses: addresses.slice(0, 1) }), bridge, pod);
      t.match(ipIn(pod, 'address', 'show', 'dev', 'eth0')[0].addr_info, [
        { local: '10.86.0.2', prefixlen: 16 },
      ]);
      t.equal(ipIn(pod, 'address', 'show', 'dev', 'eth0')[0].addr_info.length, 1);
    }),
  );
});

t.test('an attachment: interfaces a namespace is born with are in nobody’s way', { skip }, async (t) => {
  await withBridge((bridge) =>
    withNamespaces(1, async (pod) => {
      for (const tunnel of ['tunl0', 'sit0', 'gre0']) runIn(pod, 'ip', 'link', 'add', tunnel, 'type', 'ifb');
      await attach(attachmentOf(2), bridge, pod);
      t.match(runIn(pod, 'busybox', 'ping', '-c1', '-W2', '10.86.0.1'), '1 packets received');
    }),
  );
});

t.test('an attachment: the host’s namespace can be named by a descriptor', { skip }, async (t) => {
  const fd = openSync('/proc/self/ns/net', 'r');
  t.teardown(() => closeSync(fd));
  await withNamespaces(1, async ({ pidfd }) => {
    const requests = buildPodRequests(attachmentOf(2), { host: { fd }, hasIpv6: true });
    await exchange(pidfd, requests);
    t.match(ip('link', 'show', 'ppveth2'), [{ ifname: 'ppveth2' }]);
    const pidfdAsNamespace = buildPodRequests(attachmentOf(3), { host: { fd: pidfd }, hasIpv6: true });
    await t.rejects(exchange(pidfd, pidfdAsNamespace), { code: 'EINVAL' });
  });
  await whenGone('ppveth2');
});

t.test('an attachment: it goes with the namespace', { skip }, async (t) => {
  const work = () =>
    withBridge(async (bridge) => {
      await withNamespaces(1, async (pod) => {
        await attach(attachmentOf(2), bridge, pod);
        const found = await withRouteSocket(undefined, (socket) => findPodLinks(socket, owner));
        t.same(
          found.map((link) => link.name),
          ['ppveth2'],
        );
        t.same(
          await withRouteSocket(undefined, (socket) => findPodLinks(socket, 'peapod')),
          [],
          "not another root's",
        );
      });
      await whenGone('ppveth2');
    });
  await withLeakCheck(t, work, nobodysCgroup);
});

t.test('an attachment: what cannot be made is named, and the host has nothing of it', { skip }, async (t) => {
  const wrong: [Partial<Attachment>, string, string][] = [
    [{ mtu: 67 }, 'EINVAL', "Cannot make the pair of eth0 and the host's ppveth2: EINVAL"],
    [{ mtu: 65536 }, 'EINVAL', "Cannot make the pair of eth0 and the host's ppveth2: EINVAL"],
    [{ link: 'lo' }, 'EEXIST', "Cannot make the pair of eth0 and the host's lo: EEXIST"],
    [{ link: 'a-name-that-is-too-long' }, 'ERANGE', ''],
    [{ mac: '01:00:00:00:00:00' }, 'EADDRNOTAVAIL', ''],
  ];
  for (const [change, code, message] of wrong) {
    const work = () =>
      withNamespaces(1, async ({ pidfd }) => {
        const requests = buildPodRequests(attachmentOf(2, change), { host, hasIpv6: true });
        const failure = message === '' ? { code } : { code, message };
        await t.rejects(exchange(pidfd, requests), failure);
      });
    await withLeakCheck(t, work, nobodysCgroup);
  }
});

t.test(
  'an attachment: a namespace that is gone is ESRCH, and a bridge that is gone an error',
  { skip },
  async (t) => {
    await withNamespaces(1, async ({ pidfd }) => {
      const gone = buildPodRequests(attachmentOf(2), { host: { pid: 2 ** 22 + 1 }, hasIpv6: true });
      await t.rejects(exchange(pidfd, gone), { code: 'ESRCH' });
      await exchange(pidfd, buildPodRequests(attachmentOf(3), { host, hasIpv6: true }));
      const requests = buildHostRequests(attachmentOf(3), { name, index: 4242, owner, hasIpv6: true });
      const sending = withRouteSocket(undefined, (socket) => socket.send(requests));
      await t.rejects(sending, { message: /^Cannot put ppveth3 on the bridge: / });
    });
    await whenGone('ppveth3');
  },
);
