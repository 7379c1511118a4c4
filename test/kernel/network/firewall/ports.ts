import { existsSync, writeFileSync } from 'node:fs';
import t from 'tap';
import type { PublishedPort } from '../../../../src/network/attachment.js';
import { withLeakCheck } from '../../../leaks.js';
import { requires } from '../../../scratch.js';
import { ip } from '../fixtures/namespaces.js';
import { ethernet, ipv4, udp } from './fixtures/frames.js';
import {
  attachmentOf,
  bridge,
  counted,
  hostAddress,
  neighbourAddress,
  type TestNetwork,
  withNetwork,
} from './fixtures/network.js';

const skip = requires('root', 'ip', 'nsenter', 'python3');
const refused = 'ConnectionRefusedError';
const pod = attachmentOf(2);
const [pod4 = '', pod6 = ''] = pod.addresses.map(({ address }) => address);

const everywhere: readonly PublishedPort[] = [
  { protocol: 'TCP', hostPort: 8080, containerPort: 80 },
  { protocol: 'UDP', hostPort: 8080, containerPort: 80 },
];

/** Who asks whom, and who the pod sees asking. */
const questions: readonly [keyof TestNetwork, asked: string, seen: string][] = [
  ['host', '127.0.0.1', '10.85.0.1'],
  ['host', '127.3.4.5', '10.85.0.1'],
  ['host', '10.85.0.1', '10.85.0.1'],
  ['host', hostAddress[4], hostAddress[4]],
  ['host', hostAddress[6], hostAddress[6]],
  ['neighbour', hostAddress[4], neighbourAddress[4]],
  ['neighbour', hostAddress[6], neighbourAddress[6]],
  ['client', hostAddress[4], '10.85.0.1'],
  ['client', hostAddress[6], 'fd00:85::1'],
  ['client', '10.85.0.1', '10.85.0.1'],
  ['web', hostAddress[4], '10.85.0.1'],
  ['web', hostAddress[6], 'fd00:85::1'],
  ['web', '10.85.0.1', '10.85.0.1'],
];

const bridgeNetfilter = '/proc/sys/net/bridge';
/** Whether a bridge hands its frames to the inet table, too: where br_netfilter is loaded, it can do both. */
const modes = existsSync(bridgeNetfilter) ? (['0', '1'] as const) : (['0'] as const);

function setMode(mode: '0' | '1'): void {
  if (modes.length === 1) return;
  for (const name of ['iptables', 'ip6tables'])
    writeFileSync(`${bridgeNetfilter}/bridge-nf-call-${name}`, mode);
}

async function ask(
  network: TestNetwork,
  who: keyof TestNetwork,
  ...question: ['tcp' | 'udp', string, number]
) {
  const actor = network[who];
  return 'ask' in actor ? await actor.ask(...question) : '';
}

for (const mode of modes) {
  const title = `firewall: published ports lead to a pod, wherever one asks (br_netfilter ${mode})`;
  t.test(title, { skip }, async (t) => {
    const work = async (network: TestNetwork) => {
      setMode(mode);
      await network.firewall.install([{ ...pod, ports: everywhere }, attachmentOf(3)]);
      await network.web.serve(80);
      for (const protocol of ['tcp', 'udp'] as const) {
        for (const [who, asked, seen] of questions) {
          const answer = await ask(network, who, protocol, asked, 8080);
          t.equal(answer, `web to ${seen}`, `${who} asks ${asked} by ${protocol}`);
        }
      }
      t.equal(await network.host.ask('tcp', '::1', 8080), refused, 'and clients try 127.0.0.1 next');
      t.equal(
        await network.host.ask('tcp', '10.85.0.3', 8080),
        refused,
        'at addresses of others it is theirs',
      );
      t.match(await counted(network.firewall), { published: 26, hairpin: 14, loopback: 4 });
    };
    await withLeakCheck(t, () => withNetwork(work), { cgroups: [] });
  });
}

t.test('firewall: a port at one address of the host is at no other', { skip }, async (t) => {
  await withNetwork(async ({ host, web, neighbour, firewall }) => {
    const tcp = { protocol: 'TCP', containerPort: 80 } as const;
    const ports: readonly PublishedPort[] = [
      { ...tcp, hostPort: 1, hostIP: '127.0.0.1' },
      { ...tcp, hostPort: 2, hostIP: hostAddress[4] },
      { ...tcp, hostPort: 3, hostIP: hostAddress[6] },
      { ...tcp, hostPort: 4, hostIP: '0.0.0.0' },
      { ...tcp, hostPort: 5, hostIP: '::' },
    ];
    await firewall.install([{ ...pod, ports }]);
    await web.serve(80);
    const asked = ['127.0.0.1', hostAddress[4], hostAddress[6]];
    const open = async (port: number) => {
      const answers = await Promise.all(asked.map((address) => host.ask('tcp', address, port)));
      return asked.filter((_, index) => answers[index] !== refused);
    };
    t.same(await open(1), ['127.0.0.1']);
    t.same(await open(2), [hostAddress[4]]);
    t.same(await open(3), [hostAddress[6]]);
    t.same(await open(4), ['127.0.0.1', hostAddress[4]]);
    t.same(await open(5), [hostAddress[6]]);
    t.equal(await neighbour.ask('tcp', hostAddress[4], 1), refused);
    t.equal(await neighbour.ask('tcp', hostAddress[4], 2), `web to ${neighbourAddress[4]}`);
  });
});

/** The MAC of the host's end of a link. */
function macOf(link: string): string {
  return ip('link', 'show', link)[0].address;
}

t.test('firewall: 127.0.0.1 of the host is for the host alone', { skip }, async (t) => {
  await withNetwork(async ({ web, client, host, neighbour, firewall }) => {
    const port = { protocol: 'UDP', hostPort: 8080, containerPort: 80, hostIP: '127.0.0.1' } as const;
    await firewall.install([{ ...pod, ports: [port] }, attachmentOf(3)]);
    await web.serve(80);
    await host.serve(7070, ['127.0.0.1']);
    const link = { from: attachmentOf(3).mac, to: macOf(bridge) };
    const packet = (from: string, to: number) => ipv4({ from, to: '127.0.0.1' }, 17, udp({ from: 1000, to }));

    for (const to of [7070, 8080]) {
      await client.listen('eth0');
      await client.send('eth0', ethernet(link, 0x800, packet('10.85.0.3', to)));
      const answers = await client.hear('eth0', 0.2);
      t.notOk(
        answers.some((frame) => frame.includes(Buffer.from(' to 10').toString('hex'))),
        `a pod, port ${to}`,
      );
    }
    t.same(await counted(firewall), { martian: 2 });

    const uplink = { from: '02:00:00:00:00:09', to: macOf('up0') };
    for (const to of [7070, 8080]) {
      await neighbour.send('eth0', ethernet(uplink, 0x800, packet(neighbourAddress[4], to)));
    }
    t.equal(await host.ask('udp', '127.0.0.1', 8080), 'web to 10.85.0.1', 'what localhost is for');
    t.same(
      await counted(firewall),
      { martian: 2, published: 1, loopback: 1 },
      'a neighbour is not led to the pod',
    );
  });
});

t.test('firewall: pods reach other networks under an address of the host', { skip }, async (t) => {
  await withNetwork(async ({ web, client, host, neighbour, firewall }) => {
    await firewall.install([pod, attachmentOf(3)]);
    await neighbour.serve(80);
    await client.serve(80);
    await host.serve(7070);
    for (const protocol of ['tcp', 'udp'] as const) {
      t.equal(await web.ask(protocol, neighbourAddress[4], 80), `neighbour to ${hostAddress[4]}`);
      t.equal(await web.ask(protocol, neighbourAddress[6], 80), `neighbour to ${hostAddress[6]}`);
      t.equal(await web.ask(protocol, '10.85.0.3', 80), `client to ${pod4}`, 'but not each other');
      t.equal(await web.ask(protocol, 'fd00:85::3', 80), `client to ${pod6}`);
      t.equal(await web.ask(protocol, '10.85.0.1', 7070), `host to ${pod4}`, 'nor the host itself');
    }
    t.same(await counted(firewall), { masqueraded: 4 });
  });
});

t.test('firewall: a port of a living pod is opened and closed', { skip }, async (t) => {
  await withNetwork(async ({ web, host, firewall }) => {
    await firewall.install([pod]);
    await web.serve(80);
    const [port] = everywhere as [PublishedPort];
    t.equal(await host.ask('tcp', hostAddress[4], 8080), refused);
    await firewall.addPort(pod, port);
    t.equal(await host.ask('tcp', hostAddress[4], 8080), `web to ${hostAddress[4]}`);
    await firewall.removePort(pod, port);
    await firewall.removePort(pod, port);
    t.equal(await host.ask('tcp', hostAddress[4], 8080), refused);
  });
});
