import t from 'tap';
import { parseAttributes } from '../../../src/kernel/netlink-message.js';
import type { Attachment } from '../../../src/network/attachment.js';
import { buildHostRequests, buildPodRequests, linkAlias } from '../../../src/network/build-attachment.js';
import { parseAddressMessage } from '../../../src/network/parse-address.js';
import { parseLinkMessage } from '../../../src/network/parse-link.js';
import { parseRouteMessage } from '../../../src/network/parse-route.js';

const ipv4 = { family: 4, address: '10.85.0.2', prefixLength: 16, gateway: '10.85.0.1' } as const;
const ipv6 = { family: 6, address: 'fd00:85::2', prefixLength: 64, gateway: 'fd00:85::1' } as const;
const attachment: Attachment = {
  podUid: 'uid',
  bridge: 'peapod0',
  link: 'veth0123456789a',
  mac: '0a:58:0a:55:00:02',
  mtu: 1450,
  addresses: [ipv4],
  ports: [],
};
const bridge = { name: 'peapod0', index: 7, owner: 'peapod', hasIpv6: true };
const host = { pid: 4242 };

/** The attributes at the end of a path of attribute types. */
function inside(payload: Buffer, ...path: readonly number[]): Map<number, Buffer> {
  return path.reduce(
    (attributes, type) => parseAttributes(attributes.get(type) ?? Buffer.alloc(0)),
    parseAttributes(payload),
  );
}

function actions(requests: readonly { readonly action: string }[]): string[] {
  return requests.map(({ action }) => action);
}

t.test('buildPodRequests: in the order in which the kernel can do them', async (t) => {
  const requests = buildPodRequests({ ...attachment, addresses: [ipv4, ipv6] }, { host, hasIpv6: true });
  t.same(actions(requests), [
    "make the pair of eth0 and the host's veth0123456789a",
    'leave eth0 without addresses of its own',
    'set lo up',
    'give eth0 the address fe80::858:aff:fe55:2/64',
    'give eth0 the address 10.85.0.2/16',
    'give eth0 the address fd00:85::2/64',
    'route everything from eth0 to 10.85.0.1',
    'route everything from eth0 to fd00:85::1',
  ]);
});

t.test('buildPodRequests: without IPv6 nothing of it is asked for', async (t) => {
  const requests = buildPodRequests(attachment, { host, hasIpv6: false });
  t.same(actions(requests), [
    "make the pair of eth0 and the host's veth0123456789a",
    'set lo up',
    'give eth0 the address 10.85.0.2/16',
    'route everything from eth0 to 10.85.0.1',
  ]);
});

t.test('buildPodRequests: both ends of the pair, and where the other one goes', async (t) => {
  const [pair] = buildPodRequests(attachment, { host, hasIpv6: true });
  const payload = pair?.payload ?? Buffer.alloc(0);
  t.match(parseLinkMessage(payload), {
    index: 100,
    name: 'eth0',
    kind: 'veth',
    mac: '0a:58:0a:55:00:02',
    mtu: 1450,
    isUp: true,
  });
  const peer = inside(payload.subarray(16), 18, 2).get(1) ?? Buffer.alloc(0);
  t.match(parseLinkMessage(peer), { index: 0, name: 'veth0123456789a', mtu: 1450, mac: '', isUp: false });
  t.equal(parseAttributes(peer.subarray(16)).get(19)?.readUInt32LE(0), 4242, 'IFLA_NET_NS_PID');
  const [byFd] = buildPodRequests(attachment, { host: { fd: 17 }, hasIpv6: true });
  const other = inside(byFd?.payload.subarray(16) ?? Buffer.alloc(0), 18, 2).get(1) ?? Buffer.alloc(0);
  t.equal(parseAttributes(other.subarray(16)).get(28)?.readUInt32LE(0), 17, 'IFLA_NET_NS_FD');
});

t.test('buildPodRequests: addresses and routes are read back', async (t) => {
  const requests = buildPodRequests({ ...attachment, addresses: [ipv4, ipv6] }, { host, hasIpv6: true });
  const addresses = requests
    .filter(({ type }) => type === 20)
    .map(({ payload }) => parseAddressMessage(payload));
  const addressOf = (address: string, prefixLength: number) => {
    return { index: 100, address, prefixLength, isTentative: false };
  };
  t.same(addresses, [
    addressOf('fe80::858:aff:fe55:2', 64),
    addressOf('10.85.0.2', 16),
    addressOf('fd00:85::2', 64),
  ]);
  const routes = requests.filter(({ type }) => type === 24).map(({ payload }) => parseRouteMessage(payload));
  const routeOf = (family: 4 | 6, gateway: string) => {
    const address = family === 4 ? '0.0.0.0' : '::';
    return { family, address, prefixLength: 0, gateway, index: 100, table: 254, metric: 0, isUnicast: true };
  };
  t.same(routes, [routeOf(4, '10.85.0.1'), routeOf(6, 'fd00:85::1')]);
});

t.test('buildHostRequests: the port is marked and put on the bridge before it is up', async (t) => {
  const requests = buildHostRequests(attachment, bridge);
  t.same(actions(requests), ['put veth0123456789a on the bridge', 'set veth0123456789a up']);
  const links = requests.map(({ payload }) => parseLinkMessage(payload));
  t.match(links[0], { name: 'veth0123456789a', alias: 'peapod/uid', master: 7, isUp: false });
  t.match(links[1], { name: 'veth0123456789a', isUp: true });
  t.equal(linkAlias('peapod', 'uid'), 'peapod/uid');
});

t.test('buildPodRequests: an address that is none is refused before anything is sent', async (t) => {
  const addresses = [{ ...ipv4, address: '10.85.0' }];
  t.throws(() => buildPodRequests({ ...attachment, addresses }, { host, hasIpv6: true }), RangeError);
  t.throws(() => buildPodRequests({ ...attachment, mac: 'none' }, { host, hasIpv6: true }), RangeError);
});
