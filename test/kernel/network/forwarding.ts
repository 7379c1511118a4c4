import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { enableForwarding, readForwarding } from '../../../src/network/forwarding.js';
import { setSysctl } from '../../../src/network/sysctl.js';
import { requires } from '../../scratch.js';
import { ip } from './fixtures/namespaces.js';

const skip = requires('root', 'ip');

function path(name: string): string {
  return `/proc/sys/net/${name}`;
}

function read(name: string): string {
  return readFileSync(path(name), 'utf8').trim();
}

function reset(): void {
  const values = [
    ['ipv4/ip_forward', '0'],
    ['ipv6/conf/all/forwarding', '0'],
    ['ipv6/conf/default/accept_ra', '1'],
  ];
  for (const [name, value] of values) writeFileSync(path(name ?? ''), value ?? '');
}

t.test(
  'enableForwarding: IPv4 alone leaves IPv6 as it is, and tells what it changed',
  { skip },
  async (t) => {
    reset();
    const report = await enableForwarding({ ipv6: false });
    t.match(report.found, { ipv4: false, ipv6: false });
    t.same(report.changes, [{ name: 'ipv4/ip_forward', from: '0', to: '1' }]);
    t.match(await readForwarding(), { ipv4: true, ipv6: false });
    t.same((await enableForwarding({ ipv6: false })).changes, [], 'twice is once');
    reset();
  },
);

t.test('enableForwarding: interfaces go on to take router advertisements', { skip }, async (t) => {
  reset();
  ip('link', 'add', 'pp-ra.1', 'type', 'veth', 'peer', 'name', 'pp-off');
  writeFileSync(path('ipv6/conf/pp-off/accept_ra'), '0');
  const { changes } = await enableForwarding({ ipv6: true });
  t.equal(read('ipv6/conf/all/forwarding'), '1');
  t.equal(read('ipv6/conf/pp-ra.1/accept_ra'), '2');
  t.equal(read('ipv6/conf/default/accept_ra'), '2', 'also those that come later');
  t.equal(read('ipv6/conf/pp-off/accept_ra'), '0', 'not the one that took none');
  const names = changes.map(({ name }) => name);
  const last = names.indexOf('ipv6/conf/all/forwarding');
  t.equal(last, names.length - 1, 'raised before forwarding is on');
  t.ok(names.includes('ipv6/conf/pp-ra.1/accept_ra'));
  t.same((await enableForwarding({ ipv6: true })).changes, []);
  ip('link', 'del', 'pp-ra.1');
  reset();
});

t.test('readForwarding: what br_netfilter does is told', { skip }, async (t) => {
  const { bridgeNetfilter } = await readForwarding();
  const setting = (name: string) => read(`bridge/bridge-nf-call-${name}`) === '1';
  if (bridgeNetfilter === undefined) t.throws(() => setting('iptables'));
  else
    t.same(bridgeNetfilter, {
      ipv4: setting('iptables'),
      ipv6: setting('ip6tables'),
      arp: setting('arptables'),
    });
});

t.test('setSysctl: what the kernel refuses is an error that says how to do it', { skip }, async (t) => {
  await t.rejects(setSysctl('ipv4/conf/lo/rp_filter', 'strict'), {
    code: 'PEAPOD_NETWORK_UNAVAILABLE',
    message: /^Cannot set net\/ipv4\/conf\/lo\/rp_filter to strict: EINVAL/,
    hint: 'Set it on the host: sysctl -w net/ipv4/conf/lo/rp_filter=strict',
  });
  await t.rejects(setSysctl('ipv4/no_such_setting', '1'), {
    code: 'PEAPOD_NETWORK_UNAVAILABLE',
    message: /ENOENT/,
  });
});
