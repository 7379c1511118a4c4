import t, { type Test } from 'tap';
import { ethernet, ipv4, udp } from '../../kernel/network/firewall/fixtures/frames.js';
import { answerAt, answering, askAt, published } from '../fixtures/answers.js';
import type { Follower } from '../fixtures/follow.js';
import { frameWords } from '../fixtures/frames.js';
import { attachmentOf, counters } from '../fixtures/inspection.js';
import { pod } from '../fixtures/manifest.js';
import type { Peapod } from '../fixtures/peapod.js';
import { until } from '../fixtures/until.js';
import { hostAddress, neighbourAddress, skip, withNetwork } from '../fixtures/with-network.js';

const ipv4Type = 0x800;
const udpProtocol = 17;
const ownPort = 7001;
const publishedPort = 7002;
const loopback = '127.0.0.1';

interface Sender {
  readonly mac: string;
  readonly ip: string;
}

/** A datagram for a port, to a MAC address of the host whatever the IP address. */
function datagram(from: Sender, to: Sender, port: number): Buffer {
  const payload = ipv4({ from: from.ip, to: to.ip }, udpProtocol, udp({ from: 4000, to: port }));
  return ethernet({ from: from.mac, to: to.mac }, ipv4Type, payload);
}

interface Servers {
  /** Listens on 127.0.0.1 only, port 7001. */
  readonly local: Follower;
  /** Listens everywhere, port 7000. */
  readonly open: Follower;
  readonly peapod: Peapod;
}

/** Frames for the host's loopback, then one that may arrive, after which the former would have. */
async function isDeaf(t: Test, { local, open, peapod }: Servers, from: Sender): Promise<void> {
  await until('the last one is heard', () => open.text.includes(`asked by ${from.ip}`));
  t.notMatch(local.text, from.ip, 'who listens on 127.0.0.1 hears nothing');
  t.notMatch(await peapod.ok('logs', 'web'), from.ip, 'nor does a pod with a port of 127.0.0.1');
}

t.test("nobody but the host reaches the host's 127.0.0.1", { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod, host, neighbour }) => {
    const local = await answerAt(host, 'local', { address: loopback, port: ownPort });
    const open = await answerAt(host, 'open');
    const servers = { local, open, peapod };
    await peapod.apply(pod('web', [answering('web', { ports: published([loopback, publishedPort]) })]));
    const securityContext = { capabilities: { add: ['NET_RAW'] } };
    await peapod.apply(pod('hostile', [answering('hostile', { securityContext })]));
    t.same(await askAt(host, `udp://${loopback}:${publishedPort}`), ['web to 10.85.0.1'], 'the host does');

    const link = async (place: typeof host, name: string) => (await place.list('link', 'show', name))[0];
    await t.test('a neighbour', async (t) => {
      const [own, up] = [await link(neighbour, 'eth0'), await link(host, 'up0')];
      const from = { mac: own.address, ip: neighbourAddress[4] };
      const to = (ip: string, port: number) => datagram(from, { mac: up.address, ip }, port);
      const frames = [to(loopback, ownPort), to(loopback, publishedPort), to(hostAddress[4], 7000)];
      await neighbour.run(...frameWords('eth0', frames));
      await isDeaf(t, servers, from);
    });

    await t.test('a pod', async (t) => {
      const { mac, bridge: name, addresses } = await attachmentOf(peapod, 'hostile');
      const bridge = await link(host, name);
      const from = { mac, ip: addresses[0]?.address ?? '' };
      const to = (ip: string, port: number) => datagram(from, { mac: bridge.address, ip }, port);
      const frames = [to(loopback, ownPort), to(loopback, publishedPort), to('10.85.0.1', 7000)];
      await peapod.ok('exec', 'hostile', '--', ...frameWords('eth0', frames));
      await isDeaf(t, servers, from);
      t.match(await counters(peapod, 'hostile'), { martian: 2 });
    });
    for (const server of [local, open]) await server.interrupt();
  });
});
