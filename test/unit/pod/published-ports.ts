import t from 'tap';
import { claimedPorts, formatHostPort, portsOf, publishedPorts } from '../../../src/pod/published-ports.js';
import { makeContainer, makePod, makeSidecar } from './fixtures/make-pod.js';

const port = (hostPort: number, more = {}) => ({ ports: [{ containerPort: 80, hostPort, ...more }] });

t.test('publishedPorts: those of containers and sidecars that have a hostPort', async (t) => {
  const pod = makePod({
    initContainers: [
      makeContainer('setup', port(1)),
      { ...makeSidecar('log'), ...port(2, { protocol: 'UDP' }) },
    ],
    containers: [
      makeContainer('web', port(3, { protocol: 'TCP' })),
      makeContainer('none', { ports: [{ containerPort: 9 }] }),
    ],
  });
  t.strictSame(publishedPorts(pod), [
    { protocol: 'UDP', hostPort: 2, containerPort: 80 },
    { protocol: 'TCP', hostPort: 3, containerPort: 80 },
  ]);
});

t.test('publishedPorts: an address has one form, and all of them none', async (t) => {
  const addressOf = (hostIP: string) => {
    const [found] = publishedPorts(makePod({ containers: [makeContainer('web', port(1, { hostIP }))] }));
    return found?.hostIP;
  };
  t.equal(addressOf('127.0.0.1'), '127.0.0.1');
  t.equal(addressOf('FD00:0::1'), 'fd00::1');
  t.equal(addressOf('0:0::0'), '::');
  t.equal(addressOf('0.0.0.0'), '0.0.0.0');
  t.equal(addressOf(''), undefined);
});

t.test(
  'a pod without a network of its own publishes nothing, and has the ports of the host it says',
  async (t) => {
    const containers = [makeContainer('web', port(80))];
    const host = makePod({ hostNetwork: true, containers });
    t.strictSame(publishedPorts(host), []);
    t.strictSame(claimedPorts({ pod: host }), [{ protocol: 'TCP', hostPort: 80, containerPort: 80 }]);
    const joined = makePod({ containers });
    joined.metadata = { ...joined.metadata, annotations: { 'peapod.dev/network': 'none' } };
    t.strictSame(publishedPorts(joined), []);
  },
);

t.test('portsOf: what was added comes after what the manifest has', async (t) => {
  const pod = makePod({ containers: [makeContainer('web', port(80))] });
  const added = { protocol: 'TCP', hostPort: 81, containerPort: 80 } as const;
  t.strictSame(
    portsOf({ pod, ports: [added] }).map(({ hostPort }) => hostPort),
    [80, 81],
  );
});

t.test('formatHostPort: IPv6 in brackets', async (t) => {
  t.equal(formatHostPort({ protocol: 'TCP', hostPort: 80 }), '80/TCP');
  t.equal(formatHostPort({ protocol: 'UDP', hostPort: 80, hostIP: '127.0.0.1' }), '127.0.0.1:80/UDP');
  t.equal(formatHostPort({ protocol: 'SCTP', hostPort: 80, hostIP: '::1' }), '[::1]:80/SCTP');
});
