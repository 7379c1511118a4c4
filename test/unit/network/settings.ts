import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseRanges, podAddressAt } from '../../../src/network/ranges.js';
import { decideNetwork, type NetworkSettings, settleRanges } from '../../../src/network/settings.js';
import { readNetworkSettings, writeNetworkSettings } from '../../../src/network/settings-record.js';
import { scratchDirectory } from '../../scratch.js';

const rootName = 'peapod';
const nothing = { options: {}, rootName, pods: [] };

function cidrs({ ranges }: NetworkSettings): string[] {
  return ranges.map(({ cidr }) => cidr);
}

function podIn(cidr: string, { name = 'web', bridge = 'peapod0' } = {}) {
  const addresses = parseRanges(cidr.split(','), 'x').map((range) => podAddressAt(range, 5));
  return { name, attachment: { bridge, addresses } };
}

t.test('decideNetwork: what is asked for, else what was, else the defaults', (t) => {
  t.same(decideNetwork(nothing), {
    ranges: [],
    isChosen: true,
    bridge: 'peapod0',
    mtu: undefined,
    dns: undefined,
  });
  const options = { podCidr: '10.9.0.0/16,fd09::/64', bridge: 'br9', mtu: 1400, dns: false };
  const stored = decideNetwork({ ...nothing, options });
  t.match(stored, { isChosen: false, bridge: 'br9', mtu: 1400, dns: false });
  t.same(cidrs(stored), ['10.9.0.0/16', 'fd09::/64']);
  t.same(decideNetwork({ ...nothing, stored }), stored);
  const changed = decideNetwork({ ...nothing, stored, options: { podCidr: ['10.8.0.0/16'], mtu: 9000 } });
  t.same(cidrs(changed), ['10.8.0.0/16']);
  t.match(changed, { bridge: 'br9', mtu: 9000, isChosen: false });
  t.end();
});

t.test('decideNetwork: refuses what makes no sense', (t) => {
  const wrong: [object, RegExp][] = [
    [{ podCidr: '10.85.0.0' }, /Cannot use the pod range/],
    [{ podCidr: '' }, /the pod range: "" is no range/],
    [{ bridge: 'a b' }, /Cannot call the bridge "a b"/],
    [{ mtu: 500 }, /Cannot use the network MTU 500: it must be from 576 to 65535/],
    [{ mtu: 1400.5 }, /MTU 1400.5/],
    [{ mtu: 70000 }, /MTU 70000/],
    [{ mtu: 1000, podCidr: 'fd00::/64' }, /from 1280 to 65535/],
  ];
  for (const [options, message] of wrong)
    t.throws(() => decideNetwork({ ...nothing, options }), { code: 'PEAPOD_USAGE', message });
  t.end();
});

t.test('decideNetwork: pods that run are never cut off', (t) => {
  const decide =
    (podCidr: string, bridge = 'peapod0') =>
    () =>
      decideNetwork({ ...nothing, options: { podCidr, bridge }, pods: [podIn('10.85.0.0/24')] });
  for (const cidr of ['10.85.0.0/24', '10.85.0.0/16', '10.85.0.0/25', '10.85.0.0/24,fd00::/64'])
    t.doesNotThrow(decide(cidr), cidr);
  for (const cidr of ['10.86.0.0/24', '10.84.0.0/15', '10.85.0.0/29', 'fd00::/64'])
    t.throws(decide(cidr), { code: 'PEAPOD_CONFLICT', details: { pods: ['web'] } }, cidr);
  t.throws(decide('10.86.0.0/16'), {
    message: 'Cannot change the pod network to 10.86.0.0/16 on peapod0: web runs in the one before',
    hint: /PEAPOD_POD_CIDR/,
  });
  t.throws(decide('10.85.0.0/24', 'br1'), { message: /on br1: web runs/ });
  const pods = Array.from({ length: 7 }, (_, n) => podIn('10.85.0.0/16', { name: `p${n}` }));
  t.throws(() => decideNetwork({ ...nothing, options: { podCidr: '10.9.0.0/16' }, pods }), {
    message: /: p0, p1, p2, p3, p4 and 2 more run in the one before/,
  });
  t.throws(() => decideNetwork({ ...nothing, pods: [podIn('10.85.0.0/16')] }), { code: 'PEAPOD_CONFLICT' });
  t.end();
});

t.test('settleRanges: chooses once, and anew only when the host has come to use it', (t) => {
  const used = [{ address: '10.85.0.0', prefixLength: 16 }];
  const chosen = settleRanges(decideNetwork(nothing), used);
  t.same(cidrs(chosen), ['10.86.0.0/16']);
  t.equal(settleRanges(chosen, used), chosen);
  t.same(cidrs(settleRanges(chosen, [{ address: '10.86.1.0', prefixLength: 24 }])), ['10.85.0.0/16']);
  const stated = decideNetwork({ ...nothing, options: { podCidr: '10.85.0.0/24' } });
  t.equal(settleRanges(stated, used), stated, 'a wider route is no trouble for one that was asked for');
  t.throws(() => settleRanges(stated, [{ address: '10.85.0.8', prefixLength: 32 }]), {
    code: 'PEAPOD_CONFLICT',
    message: 'Cannot give pods 10.85.0.0/24: this host uses 10.85.0.8/32 already',
  });
  t.end();
});

t.test('settings are read back as they were written', async (t) => {
  const path = join(scratchDirectory(t), 'network.json');
  t.equal(await readNetworkSettings(path), undefined);
  const all = { podCidr: ['fd00:85::/64', '10.85.0.0/16'], bridge: 'br0', mtu: 1400, dns: true };
  for (const options of [{}, all, { podCidr: '10.85.0.0/16' }]) {
    const settings = decideNetwork({ ...nothing, options });
    await writeNetworkSettings(path, settings);
    t.match(await readNetworkSettings(path), settings);
  }
  writeFileSync(path, readFileSync(path, 'utf8').replace('10.85', '10.86'));
  await t.rejects(readNetworkSettings(path), { code: 'PEAPOD_STATE_CORRUPT' });
});
