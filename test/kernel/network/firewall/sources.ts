import t from 'tap';
import { linkLocalAddress } from '../../../../src/network/mac.js';
import { requires } from '../../../scratch.js';
import { arp, broadcast, ethernet, ipv4, ipv6, neighbourMessage, tagged, udp } from './fixtures/frames.js';
import { attachmentOf, counted, type TestNetwork, withNetwork } from './fixtures/network.js';

const skip = requires('root', 'ip', 'nsenter', 'python3');

const own = attachmentOf(2);
const other = attachmentOf(3);
const [own4 = '', own6 = ''] = own.addresses.map(({ address }) => address);
const [other4 = '', other6 = ''] = other.addresses.map(({ address }) => address);
const allNodes = 'ff02::1';
const ends = { from: own.mac, to: other.mac };
const toAll = { from: own.mac, to: broadcast };
const toAll6 = { from: own.mac, to: '33:33:00:00:00:01' };
/** In seconds: what is on its way arrives within. */
const silence = 0.3;
const stranger = '02:00:00:00:00:01';
const tcp = 6;
const icmpv6 = 58;
const hasUdp = 17;

const ipv4Type = 0x800;
const arpType = 0x806;
const ipv6Type = 0x86dd;

function ipv4Frame(from: string, payload = udp({ from: 1000, to: 2000 })): Buffer {
  return ethernet(ends, ipv4Type, ipv4({ from, to: other4 }, hasUdp, payload));
}

function ipv6Frame(from: string, payload = udp({ from: 1000, to: 2000 })): Buffer {
  return ethernet(ends, ipv6Type, ipv6({ from, to: other6 }, hasUdp, payload));
}

function discovery(type: number, from: string, target: string): Buffer {
  const addresses = { from, to: allNodes };
  return ethernet(toAll6, ipv6Type, ipv6(addresses, icmpv6, neighbourMessage(type, target, addresses)));
}

function arpFrame(operation: number, sender: { mac: string; ip: string }): Buffer {
  return ethernet(toAll, arpType, arp(operation, sender, other4));
}

const dropped: Readonly<Record<string, readonly [counter: string, Buffer]>> = {
  'another MAC': [
    'spoofed-mac',
    ethernet({ ...ends, from: stranger }, ipv4Type, ipv4({ from: own4, to: other4 }, tcp, Buffer.alloc(20))),
  ],
  'another MAC, IPv6': [
    'spoofed-mac',
    ethernet({ ...ends, from: stranger }, ipv6Type, ipv6({ from: own6, to: other6 }, tcp, Buffer.alloc(20))),
  ],
  'another MAC, ARP': [
    'spoofed-mac',
    ethernet({ ...toAll, from: stranger }, arpType, arp(1, { mac: own.mac, ip: own4 }, other4)),
  ],
  "another pod's IPv4 address": ['spoofed-ipv4', ipv4Frame(other4)],
  'an IPv4 address of nobody': ['spoofed-ipv4', ipv4Frame('192.0.2.77')],
  'no IPv4 address': ['spoofed-ipv4', ipv4Frame('0.0.0.0')],
  "another pod's IPv6 address": ['spoofed-ipv6', ipv6Frame(other6)],
  'a link-local address not its own': ['spoofed-ipv6', ipv6Frame('fe80::1')],
  'no IPv6 address': ['spoofed-ipv6', ipv6Frame('::')],
  "an ARP reply with another pod's address": ['spoofed-arp', arpFrame(2, { mac: own.mac, ip: other4 })],
  'an ARP reply with another MAC inside': ['spoofed-arp', arpFrame(2, { mac: other.mac, ip: own4 })],
  'an ARP probe with another MAC inside': ['spoofed-arp', arpFrame(1, { mac: other.mac, ip: '0.0.0.0' })],
  "a neighbour advertisement of another pod's address": ['spoofed-neighbour', discovery(136, own6, other6)],
  'a neighbour solicitation by another pod': ['spoofed-ipv6', discovery(135, other6, own6)],
  "a test whether another pod's address is free": ['spoofed-ipv6', discovery(135, '::', other6)],
  'a router advertisement': ['router-advertisement', discovery(134, linkLocalAddress(own.mac), '::')],
  'a redirect': ['icmp-redirect', discovery(137, linkLocalAddress(own.mac), other6)],
  'an answer of a DHCP server': ['dhcp', ipv4Frame(own4, udp({ from: 67, to: 68 }))],
  'an answer of a DHCPv6 server': ['dhcp', ipv6Frame(own6, udp({ from: 547, to: 546 }))],
  'a VLAN tag': ['ethertype', tagged(ends, 5, ipv4Frame(own4, udp({ from: 1, to: 2 })))],
  'a spanning tree of its own': [
    'ethertype',
    ethernet({ ...ends, to: '01:80:c2:00:00:00' }, 38, Buffer.alloc(38)),
  ],
  LLDP: ['ethertype', ethernet(ends, 0x88cc, Buffer.alloc(46))],
};

const passed: Readonly<Record<string, Buffer>> = {
  IPv4: ipv4Frame(own4),
  IPv6: ipv6Frame(own6),
  'IPv6, link-local': ipv6Frame(linkLocalAddress(own.mac)),
  'an ARP request': arpFrame(1, { mac: own.mac, ip: own4 }),
  'an ARP probe': arpFrame(1, { mac: own.mac, ip: '0.0.0.0' }),
  'a test whether its own address is free': discovery(135, '::', own6),
  'a neighbour advertisement of its own address': discovery(136, own6, own6),
  'an answer of a DNS server': ipv4Frame(own4, udp({ from: 53, to: 2000 })),
};

/** What the other pod hears of frames that this one sends. */
async function sendAndHear({ web, client }: TestNetwork, frames: readonly Buffer[]): Promise<Set<string>> {
  await client.listen('eth0');
  for (const frame of frames) await web.send('eth0', frame);
  return new Set(await client.hear('eth0', silence));
}

function found(frames: Readonly<Record<string, Buffer>>, heard: ReadonlySet<string>): string[] {
  return Object.keys(frames).filter((name) => heard.has(withoutTag(frames[name]).toString('hex')));
}

/** The kernel keeps the tag apart from a frame that is heard. */
function withoutTag(frame: Buffer = Buffer.alloc(14)): Buffer {
  const isTagged = frame.readUInt16BE(12) === 0x8100;
  return isTagged ? Buffer.concat([frame.subarray(0, 12), frame.subarray(16)]) : frame;
}

t.test(
  'firewall: a pod sends as itself only, and what it tries otherwise is counted',
  { skip },
  async (t) => {
    await withNetwork(async (network) => {
      const { firewall } = network;
      const spoofed = Object.fromEntries(Object.entries(dropped).map(([name, [, frame]]) => [name, frame]));
      const open = await sendAndHear(network, Object.values(spoofed));
      t.same(found(spoofed, open), Object.keys(spoofed), 'without the firewall all of it arrives');

      await firewall.install([own, other]);
      t.same(found(passed, await sendAndHear(network, Object.values(passed))), Object.keys(passed));
      t.same(await counted(firewall), {}, 'what it may send is not counted');

      for (const [name, [counter, frame]] of Object.entries(dropped)) {
        await firewall.install([own, other]);
        await network.web.send('eth0', frame);
        t.same(await counted(firewall), { [counter]: 1 }, name);
      }
      t.same(found(spoofed, await sendAndHear(network, Object.values(spoofed))), [], 'none of it arrives');
    });
  },
);

t.test('firewall: a pod that is removed sends nothing at all', { skip }, async (t) => {
  await withNetwork(async ({ web, client, firewall }) => {
    await firewall.install([own, other]);
    await firewall.remove(own);
    await web.send('eth0', ipv4Frame('10.85.0.2'));
    t.same(await counted(firewall), { 'spoofed-mac': 1 });
    await client.send('eth0', ipv4Frame('192.0.2.77'));
    t.same(await counted(firewall), { 'spoofed-mac': 2 });
    await firewall.add(own);
    await web.send('eth0', ipv4Frame('192.0.2.77'));
    t.same(await counted(firewall), { 'spoofed-mac': 2, 'spoofed-ipv4': 1 });
  });
});

t.test(
  'firewall: a pod does not hear what it sends to all, though its port is in hairpin mode',
  { skip },
  async (t) => {
    await withNetwork(async ({ web, firewall }) => {
      const frame = arpFrame(1, { mac: own.mac, ip: own4 });
      const hearsItself = async () => {
        await web.listen('eth0');
        await web.send('eth0', frame);
        return (await web.hear('eth0', silence)).includes(frame.toString('hex'));
      };
      t.equal(await hearsItself(), true, 'without the firewall it does');
      await firewall.install([own, other]);
      t.equal(await hearsItself(), false);
    });
  },
);
