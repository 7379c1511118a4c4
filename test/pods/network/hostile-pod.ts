import t, { type Test } from 'tap';
import type { Attachment } from '../../../src/index.js';
import { encodeMac } from '../../../src/network/mac.js';
import {
  arp,
  broadcast,
  ethernet,
  ipv4,
  ipv6,
  neighbourMessage,
  udp,
} from '../../kernel/network/firewall/fixtures/frames.js';
import { answering, askIn } from '../fixtures/answers.js';
import { frameWords } from '../fixtures/frames.js';
import { attachmentOf, counters } from '../fixtures/inspection.js';
import { pod } from '../fixtures/manifest.js';
import type { Peapod } from '../fixtures/peapod.js';
import { dualStack, skip, withNetwork } from '../fixtures/with-network.js';

const [ipv4Type, arpType, ipv6Type] = [0x800, 0x806, 0x86dd];
const [udpProtocol, icmpv6] = [17, 58];
const [solicitation, advertisement, routerAdvertisement] = [135, 136, 134];
const toAll6 = '33:33:00:00:00:01';
const allNodes = 'ff02::1';

function addressesOf({ addresses }: Attachment): [ipv4: string, ipv6: string] {
  const [four = '', six = ''] = addresses.map(({ address }) => address);
  return [four, six];
}

/** What takes a root process with NET_ADMIN no program but ip(8) and arping(8). */
function takeAddress(own: Attachment, [four, six]: readonly string[], mac: string): string {
  return `busybox ping -c 1 -W 1 10.85.0.1
ip addr add ${four}/16 dev eth0
ip -6 addr add ${six}/64 dev eth0 nodad
busybox arping -U -c 2 -I eth0 -s ${four} ${four}
busybox arping -A -c 1 -I eth0 -s ${four} ${four}
busybox ping -c 1 -W 1 -I ${four} 10.85.0.1
busybox ping -6 -c 1 -W 1 -I ${six} fd00:85::1
ip link set dev eth0 address ${mac} || { ip link set eth0 down; ip link set eth0 address ${mac}; ip link set eth0 up; }
busybox ping -c 1 -W 1 10.85.0.1
ip link set dev eth0 address ${own.mac}
true`;
}

/** Frames in the victim's name, and such as only a router or a DHCP server sends. */
function forgeries(own: Attachment, victim: Attachment, client: Attachment): Buffer[] {
  const [[own4, own6], [victim4, victim6], [client4, client6]] = [own, victim, client].map(addressesOf) as [
    [string, string],
    [string, string],
    [string, string],
  ];
  const toClient = { from: own.mac, to: client.mac };
  const question = udp({ from: 80, to: 80 });
  // "The target has my MAC": option 2.
  const option = Buffer.concat([Buffer.of(2, 1), encodeMac(own.mac)]);
  const discover = (type: number, from: string, target: string) => {
    const ends = { from, to: allNodes };
    const message = neighbourMessage(type, target, { ...ends, option });
    return ethernet({ from: own.mac, to: toAll6 }, ipv6Type, ipv6(ends, icmpv6, message));
  };
  return [
    ethernet({ from: own.mac, to: broadcast }, arpType, arp(2, { mac: own.mac, ip: victim4 }, client4)),
    ethernet(toClient, arpType, arp(1, { mac: own.mac, ip: victim4 }, client4)),
    ethernet(toClient, ipv4Type, ipv4({ from: victim4, to: client4 }, udpProtocol, question)),
    ethernet(
      { ...toClient, from: victim.mac },
      ipv4Type,
      ipv4({ from: victim4, to: client4 }, udpProtocol, question),
    ),
    ethernet(toClient, ipv6Type, ipv6({ from: victim6, to: client6 }, udpProtocol, question)),
    discover(advertisement, own6, victim6),
    discover(solicitation, victim6, client6),
    discover(routerAdvertisement, 'fe80::1', '::'),
    ethernet(toClient, ipv4Type, ipv4({ from: own4, to: client4 }, udpProtocol, udp({ from: 67, to: 68 }))),
    ethernet(toClient, ipv6Type, ipv6({ from: own6, to: client6 }, udpProtocol, udp({ from: 547, to: 546 }))),
  ];
}

/** Who has an address, as far as a pod knows. */
async function knownMac(peapod: Peapod, address: string): Promise<string> {
  const [entry] = JSON.parse(await peapod.ok('exec', 'client', '--', 'ip', '-j', 'neigh', 'show', address));
  return entry?.lladdr ?? '';
}

async function isItself(t: Test, peapod: Peapod, victim: Attachment): Promise<void> {
  const [four, six] = addressesOf(victim);
  const answers = await askIn(peapod, 'client', `tcp://${four}:80`, `udp://${four}:80`, `tcp://[${six}]:80`);
  for (const answer of answers) t.match(answer, /^victim to /);
  t.equal(await knownMac(peapod, four), victim.mac);
  t.equal(await knownMac(peapod, six), victim.mac);
}

t.test('a pod with NET_RAW and NET_ADMIN cannot speak for another', { skip }, async (t) => {
  await withNetwork(t, { podCidr: dualStack }, async ({ peapod, host }) => {
    await peapod.apply(pod('victim', [answering('victim')]));
    await peapod.apply(pod('client', [answering('client')]));
    const securityContext = { capabilities: { add: ['NET_RAW', 'NET_ADMIN'] } };
    await peapod.apply(pod('hostile', [answering('hostile', { securityContext })]));
    const [own, victim, client] = (await Promise.all(
      ['hostile', 'victim', 'client'].map((name) => attachmentOf(peapod, name)),
    )) as [Attachment, Attachment, Attachment];
    await isItself(t, peapod, victim);
    t.same(dropsOf(await counters(peapod, 'hostile')), {}, 'nothing of what pods do is dropped');

    await t.test('by taking its addresses', async (t) => {
      await peapod.shell('hostile', takeAddress(own, addressesOf(victim), victim.mac));
      await isItself(t, peapod, victim);
      t.match(dropsOf(await counters(peapod, 'hostile')), {
        'spoofed-arp': Number,
        'spoofed-ipv4': Number,
        'spoofed-ipv6': Number,
        'spoofed-mac': Number,
      });
    });
    await t.test('by frames of its own making', async (t) => {
      const before = dropsOf(await counters(peapod, 'hostile'));
      await peapod.ok('exec', 'hostile', '--', ...frameWords('eth0', forgeries(own, victim, client)));
      await isItself(t, peapod, victim);
      const [victim4, victim6] = addressesOf(victim);
      const heard = await peapod.ok('logs', 'client');
      t.notMatch(heard, new RegExp(`asked by (${victim4}|${victim6})`), 'nothing came in its name');
      const after = dropsOf(await counters(peapod, 'hostile'));
      const more = Object.fromEntries(
        Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]),
      );
      t.match(more, {
        'spoofed-arp': 2,
        'spoofed-ipv4': 1,
        'spoofed-mac': 1,
        'spoofed-neighbour': 1,
        'router-advertisement': 1,
        dhcp: 2,
      });
      t.ok((more['spoofed-ipv6'] ?? 0) >= 2, 'and each was counted');
      t.notMatch(await peapod.ok('exec', 'client', '--', 'ip', '-6', 'route'), /proto ra/);
    });
    await t.test('by its MAC', async (t) => {
      const entries = await host.run('bridge', 'fdb', 'show', 'br', victim.bridge);
      const places = entries.split('\n').filter((line) => line.startsWith(victim.mac));
      t.ok(
        places.length > 0 && places.every((line) => line.includes(`dev ${victim.link} `)),
        'the bridge knows where it is',
      );
    });
  });
});

function dropsOf({
  published,
  masqueraded,
  hairpin,
  loopback,
  ...drops
}: Record<string, number>): Record<string, number> {
  return drops;
}
