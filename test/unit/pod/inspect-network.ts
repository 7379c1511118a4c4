import t from 'tap';
import type { NetworkState } from '../../../src/network/dump.js';
import type { Link } from '../../../src/network/parse-link.js';
import type { Route } from '../../../src/network/parse-route.js';
import { describeLinks, describeNetwork } from '../../../src/pod/inspect-network.js';

function link(name: string, index: number, more: Partial<Link> = {}): Link {
  const none = { kind: undefined, master: undefined, peer: undefined, peerNamespaceId: undefined };
  return { name, index, alias: '', mac: '', mtu: 1500, isUp: true, stats: undefined, ...none, ...more };
}

const route: Route = {
  ...{ family: 4, address: '0.0.0.0', prefixLength: 0, gateway: '10.85.0.1', index: 2 },
  ...{ table: 254, metric: 0, isUnicast: true },
};
const traffic = { rxErrors: 0, txErrors: 0, rxDropped: 0, txDropped: 0 };

const pod: NetworkState = {
  links: [
    link('lo', 1, { mtu: 65_536 }),
    link('eth0', 2, {
      kind: 'veth',
      peer: 7,
      peerNamespaceId: 0,
      mac: '0a:58:0a:55:00:02',
      stats: { rxPackets: 1, rxBytes: 2, txPackets: 3, txBytes: 4, ...traffic },
    }),
  ],
  addresses: [{ index: 2, address: '10.85.0.2', prefixLength: 16, isTentative: false }],
  routes: [route, { ...route, address: '10.85.0.0', prefixLength: 16, gateway: undefined }],
};
const host: NetworkState = {
  links: [
    link('eth0', 2),
    link('peapod0', 3, { kind: 'bridge' }),
    link('veth0123', 7, { kind: 'veth', peer: 2, peerNamespaceId: 1, master: 3 }),
  ],
  addresses: [{ index: 3, address: '10.85.0.1', prefixLength: 16, isTentative: false }],
  routes: [],
};
const attachment = {
  ...{ podUid: 'u1', bridge: 'peapod0', link: 'veth0123', mac: '0a:58:0a:55:00:02', mtu: 1500 },
  ...{ addresses: [], ports: [] },
};

t.test('describeLinks: both ends of the pair and the bridge, each naming the next', async (t) => {
  const { links, routes } = describeLinks({ pod, host, attachment });
  t.match(links, [
    { side: 'pod', name: 'lo' },
    {
      ...{ side: 'pod', name: 'eth0', peer: 'veth0123', addresses: ['10.85.0.2/16'], isUp: true },
      ...{ received: { packets: 1, bytes: 2 }, sent: { packets: 3, bytes: 4 } },
    },
    { side: 'host', name: 'peapod0', addresses: ['10.85.0.1/16'] },
    { side: 'host', name: 'veth0123', peer: 'eth0', bridge: 'peapod0' },
  ]);
  t.equal(links.length, 4, "the host's other interfaces are not the pod's");
  t.notOk('peer' in (links[0] ?? {}));
  t.strictSame(routes, [
    { destination: 'default', gateway: '10.85.0.1', link: 'eth0' },
    { destination: '10.85.0.0/16', link: 'eth0' },
  ]);
});

t.test('describeLinks: a pair that is all in the pod names nobody on the host', async (t) => {
  const inner = link('inner', 9, { kind: 'veth', peer: 7 });
  const { links } = describeLinks({ pod: { ...pod, links: [inner] }, host, attachment });
  t.notOk('peer' in (links[0] ?? {}));
});

t.test('describeLinks: without an attachment only what the pod has', async (t) => {
  const { links } = describeLinks({ pod, host });
  t.strictSame(
    links.map(({ name, peer }) => [name, peer]),
    [
      ['lo', undefined],
      ['eth0', undefined],
    ],
  );
});

t.test('describeNetwork: the word that asks for it', async (t) => {
  t.equal(describeNetwork('pod'), 'private');
  t.equal(describeNetwork('host'), 'host');
  t.equal(describeNetwork('none'), 'none');
  t.equal(describeNetwork({ path: '/run/netns/blue' }), 'ns:/run/netns/blue');
});
