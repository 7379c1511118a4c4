import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { linkLocalAddress } from '../../../../src/network/mac.js';
import { requires } from '../../../scratch.js';
import { ethernet, ipv4, ipv6, neighbourMessage, udp } from './fixtures/frames.js';
import { attachmentOf, counted, type TestNetwork, withNetwork } from './fixtures/network.js';

const skip = requires('root', 'ip', 'nsenter', 'python3');

const own = attachmentOf(2);
const other = attachmentOf(3);
const other4 = other.addresses[0]?.address ?? '';
const gateway = '10.85.0.1';
const port = 7000;
const udpProtocol = 17;
const icmpv6 = 58;

/** What bridges say to each other: all but 01, which is for the far end of a cable, and dropped by the kernel. */
const toBridges = Array.from({ length: 16 }, (_, last) => last)
  .filter((last) => last !== 1)
  .map((last) => `01:80:c2:00:00:0${last.toString(16)}`);

/** A datagram for the host in another pod's name. */
function lie(to: string): Buffer {
  const payload = ipv4({ from: other4, to: gateway }, udpProtocol, udp({ from: 1000, to: port }));
  return ethernet({ from: own.mac, to }, 0x800, payload);
}

/** How many datagrams this host's UDP has been given, sockets for them or not. */
function received(): number {
  const [, values = ''] = readFileSync('/proc/net/snmp', 'utf8').match(/^Udp:.*\nUdp: (.*)$/m) ?? [];
  const [delivered, noPort] = values.split(' ').map(Number);
  return (delivered ?? 0) + (noPort ?? 0);
}

async function sendAll({ web }: TestNetwork, frames: readonly Buffer[]): Promise<void> {
  for (const frame of frames) await web.send('eth0', frame);
}

t.test("firewall: frames meant for a bridge are held to a pod's addresses, too", { skip }, async (t) => {
  await withNetwork(async (network) => {
    await network.firewall.install([own, other]);
    const before = received();
    await sendAll(network, toBridges.map(lie));
    t.same(await counted(network.firewall), { 'spoofed-ipv4': toBridges.length });
    t.equal(received(), before, 'none of it came to the host');
    const lldp = ethernet({ from: own.mac, to: '01:80:c2:00:00:0e' }, 0x88cc, Buffer.alloc(46));
    await sendAll(network, [lldp]);
    t.match(await counted(network.firewall), { ethertype: 1 });
  });
});

t.test('firewall: a pod does not tell the host where its routers are', { skip }, async (t) => {
  await withNetwork(async (network) => {
    await network.firewall.install([own, other]);
    const addresses = { from: linkLocalAddress(own.mac), to: 'ff02::1' };
    const advertisement = ipv6(addresses, icmpv6, neighbourMessage(134, '::', addresses));
    const ends = toBridges.map((to) => ({ from: own.mac, to }));
    await sendAll(
      network,
      ends.map((end) => ethernet(end, 0x86dd, advertisement)),
    );
    t.same(await counted(network.firewall), { 'router-advertisement': toBridges.length });
  });
});

t.test('firewall: a link that lost its bridge leads nowhere', { skip }, async (t) => {
  await withNetwork(async (network) => {
    await network.firewall.install([own, other]);
    execFileSync('ip', ['link', 'set', own.link, 'nomaster']);
    const { address } = JSON.parse(
      execFileSync('ip', ['-j', 'link', 'show', own.link], { encoding: 'utf8' }),
    )[0];
    const before = received();
    await sendAll(network, [lie(address), lie('ff:ff:ff:ff:ff:ff')]);
    // More, if the kernel of the pod says something there by itself.
    const { martian = 0, ...others } = await counted(network.firewall);
    t.ok(martian >= 2);
    t.same(others, {});
    t.equal(received(), before, 'none of it came to the host');
  });
});
