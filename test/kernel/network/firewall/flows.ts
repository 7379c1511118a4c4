import t from 'tap';
import type { PublishedPort } from '../../../../src/network/attachment.js';
import { requires } from '../../../scratch.js';
import { attachmentOf, hostAddress, neighbourAddress, withNetwork } from './fixtures/network.js';

const skip = requires('root', 'ip', 'nsenter', 'python3');
const port: PublishedPort = { protocol: 'UDP', hostPort: 8080, containerPort: 80 };
const pod = attachmentOf(2);
/** One flow: the same ends every time. */
const flow = { source_port: 5353, timeout: 0.3 };

t.test(
  'firewall: UDP flows that are under way follow a port that is opened or closed',
  { skip },
  async (t) => {
    await withNetwork(async ({ web, client, host, neighbour, firewall }) => {
      await firewall.install([pod, attachmentOf(3)]);
      await web.serve(80);
      await client.serve(80);
      await host.serve(8080);
      for (const family of [4, 6] as const) {
        const ask = () => neighbour.ask('udp', hostAddress[family], 8080, flow);
        t.equal(await ask(), `host to ${neighbourAddress[family]}`);
        await firewall.addPort(pod, port);
        t.equal(await ask(), `web to ${neighbourAddress[family]}`, 'opened');
        await firewall.removePort(pod, port);
        t.equal(await ask(), `host to ${neighbourAddress[family]}`, 'closed');
        const other = attachmentOf(3, [port, { ...port, hostPort: 8081 }]);
        await firewall.add(other);
        t.equal(await ask(), `client to ${neighbourAddress[family]}`, 'of a new pod');
        await firewall.remove(other);
      }
    });
  },
);

t.test('firewall: flows that only pass through are left alone', { skip }, async (t) => {
  await withNetwork(async ({ web, neighbour, firewall }) => {
    await firewall.install([pod]);
    await neighbour.serve(8080);
    const ask = () => web.ask('udp', neighbourAddress[4], 8080, flow);
    t.equal(await ask(), `neighbour to ${hostAddress[4]}`);
    await firewall.addPort(pod, port);
    t.equal(await ask(), `neighbour to ${hostAddress[4]}`);
    const { packets } = (await firewall.counters()).find(({ name }) => name === 'masqueraded') ?? {};
    t.equal(packets, 1, 'it is the same flow');
  });
});
