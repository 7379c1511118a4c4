import fc from 'fast-check';
import t from 'tap';
import type { Attachment, Protocol } from '../../../src/network/attachment.js';
import { podElements, portElements } from '../../../src/network/firewall-elements.js';

const addresses = [
  { family: 4, address: '10.85.0.2', prefixLength: 16, gateway: '10.85.0.1' },
  { family: 6, address: 'fd00:85::2', prefixLength: 64, gateway: 'fd00:85::1' },
] as const;

const pod: Attachment = {
  podUid: 'u',
  bridge: 'peapod0',
  link: 'veth1',
  mac: '0a:58:0a:55:00:02',
  mtu: 1500,
  addresses,
  ports: [],
};

const [first, second] = addresses;
const port = { protocol: 'TCP', hostPort: 8080, containerPort: 80 } as const;

function described(element: { set: { name: string }; key: readonly unknown[]; data?: readonly unknown[] }) {
  return [element.set.name, ...element.key, ...(element.data ?? [])].join(' ');
}

t.test('a port is an element for each address of the pod it can lead to', async (t) => {
  const elements = (hostIP: string | undefined, some: Attachment['addresses'] = addresses) =>
    portElements({ addresses: some }, { ...port, hostIP }).map(described);
  t.same(elements(undefined), ['ports4 6 8080 10.85.0.2 80', 'ports6 6 8080 fd00:85::2 80']);
  t.same(elements(undefined, [second]), ['ports6 6 8080 fd00:85::2 80']);
  t.same(elements('0.0.0.0'), ['ports4 6 8080 10.85.0.2 80']);
  t.same(elements('::'), ['ports6 6 8080 fd00:85::2 80']);
  t.same(elements('127.0.0.1'), ['address-ports4 127.0.0.1 6 8080 10.85.0.2 80']);
  t.same(elements('2001:db8::1'), ['address-ports6 2001:db8::1 6 8080 fd00:85::2 80']);
  t.throws(() => elements('127.0.0.1', [second]), {
    code: 'PEAPOD_UNSUPPORTED',
    message: 'Cannot publish port 127.0.0.1:8080/TCP of the host: the pod has no IPv4 address',
    hint: 'Leave hostIP out, or give the pod an IPv4 address',
  });
});

t.test('ports that differ in protocol, number or address are different elements', async (t) => {
  const anyPort = fc.record({
    protocol: fc.constantFrom<Protocol>('TCP', 'UDP', 'SCTP'),
    hostPort: fc.integer({ min: 1, max: 65535 }),
    containerPort: fc.constant(80),
    hostIP: fc.constantFrom(undefined, '127.0.0.1', '192.0.2.1', '2001:db8::1'),
  });
  const byPlace = { selector: (one: { containerPort: number }) => JSON.stringify(one) };
  fc.assert(
    fc.property(fc.uniqueArray(anyPort, byPlace), (ports) => {
      const keys = podElements({ ...pod, ports }).inet.map(({ set, key }) => described({ set, key }));
      t.equal(new Set(keys).size, keys.length);
    }),
  );
});

t.test('a pod may send from its link, with its MAC and addresses; link-local if it has IPv6', async (t) => {
  const elements = (some: Attachment['addresses']) =>
    podElements({ ...pod, addresses: some }).bridge.map(described);
  const ipv4Only = [`macs veth1 ${pod.mac}`, `sources4 veth1 ${pod.mac} 10.85.0.2`];
  t.same(elements([first]), ipv4Only);
  t.same(elements(addresses), [
    ...ipv4Only,
    `sources6 veth1 ${pod.mac} fd00:85::2`,
    `sources6 veth1 ${pod.mac} fe80::858:aff:fe55:2`,
  ]);
});
