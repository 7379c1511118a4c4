import { readFileSync } from 'node:fs';
import t from 'tap';
import { ensureBridge, removeBridge } from '../../../src/network/bridge.js';
import { withLeakCheck } from '../../leaks.js';
import { requires } from '../../scratch.js';
import { ip } from './fixtures/namespaces.js';

const skip = requires('root', 'ip');
const nobodysCgroup = { cgroups: ['peapod-test-of-bridges'] };
const spec = {
  name: 'pp-test0',
  owner: 'peapod-test',
  addresses: [{ address: '10.85.0.1', prefixLength: 16 }],
  mtu: 1450,
};
const dual = { ...spec, addresses: [...spec.addresses, { address: 'fd00:85::1', prefixLength: 64 }] };

function sysctl(name: string): string {
  return readFileSync(`/proc/sys/net/${name}`, 'utf8').trim();
}

/** Address and length, as the kernel has them. */
function addressesOf(link: string): string[] {
  const [{ addr_info: all }] = ip('address', 'show', 'dev', link);
  return all.map(({ local, prefixlen }: { local: string; prefixlen: number }) => `${local}/${prefixlen}`);
}

/** Runs `work`, then removes the bridge. */
async function withBridge(work: () => Promise<void>): Promise<void> {
  await work().finally(() => removeBridge(spec));
}

t.test('ensureBridge: the bridge is as iproute2 sees it', { skip }, async (t) => {
  const work = () =>
    withBridge(async () => {
      const bridge = await ensureBridge(dual);
      const [link] = ip('-d', 'link', 'show', spec.name);
      t.match(link, { ifindex: bridge.index, mtu: 1450, address: '0a:58:0a:55:00:01', ifalias: spec.owner });
      t.ok(link.flags.includes('UP'));
      t.match(link.linkinfo, {
        info_kind: 'bridge',
        info_data: { stp_state: 0, forward_delay: 0, mcast_snooping: 0, no_linklocal_learn: 1 },
      });
      t.same(addressesOf(spec.name).sort(), ['10.85.0.1/16', 'fd00:85::1/64', 'fe80::858:aff:fe55:1/64']);
      t.same(bridge, { name: spec.name, index: link.ifindex, owner: spec.owner, hasIpv6: true });
    });
  await withLeakCheck(t, work, nobodysCgroup);
});

t.test(
  'ensureBridge: the host takes no routes from pods, and no IPv6 from those who have none',
  { skip },
  async (t) => {
    await withBridge(async () => {
      await ensureBridge(spec);
      const settings = ['route_localnet', 'rp_filter', 'accept_redirects'];
      const values = settings.map((name) => sysctl(`ipv4/conf/${spec.name}/${name}`));
      t.same(values, ['1', '1', '0']);
      t.equal(sysctl(`ipv6/conf/${spec.name}/disable_ipv6`), '1');
      t.equal(sysctl('ipv4/conf/lo/route_localnet'), '0', 'of no other interface');
      await ensureBridge(dual);
      t.equal(sysctl(`ipv6/conf/${spec.name}/disable_ipv6`), '0');
      t.equal(sysctl(`ipv6/conf/${spec.name}/accept_ra`), '0');
    });
  },
);

t.test(
  'ensureBridge: a bridge of ours is found again, and what was changed is put right',
  { skip },
  async (t) => {
    await withBridge(async () => {
      const { index } = await ensureBridge(dual);
      ip('address', 'add', '10.99.0.1/24', 'dev', spec.name);
      ip('link', 'set', spec.name, 'down', 'mtu', '1400', 'address', '0a:00:00:00:00:01');
      ip('address', 'del', '10.85.0.1/16', 'dev', spec.name);
      t.equal((await ensureBridge(dual)).index, index);
      const [link] = ip('link', 'show', spec.name);
      t.match(link, { mtu: 1450, address: '0a:58:0a:55:00:01' });
      t.ok(link.flags.includes('UP'));
      const wanted = ['10.85.0.1/16', '10.99.0.1/24', 'fd00:85::1/64', 'fe80::858:aff:fe55:1/64'];
      t.same(addressesOf(spec.name).sort(), wanted, 'an address that somebody added stays');
      await ensureBridge(dual);
      t.same(addressesOf(spec.name).sort(), wanted);
    });
  },
);

t.test('ensureBridge: MAC and MTU stay as ports come and go', { skip }, async (t) => {
  await withBridge(async () => {
    await ensureBridge(spec);
    ip(
      'link',
      'add',
      'pp-low',
      'mtu',
      '1300',
      'address',
      '02:00:00:00:00:01',
      'type',
      'veth',
      'peer',
      'name',
      'pp-peer',
    );
    ip('link', 'set', 'pp-low', 'master', spec.name);
    t.match(ip('link', 'show', spec.name), [{ mtu: 1450, address: '0a:58:0a:55:00:01' }]);
    ip('link', 'del', 'pp-low');
    t.match(ip('link', 'show', spec.name), [{ mtu: 1450, address: '0a:58:0a:55:00:01' }]);
  });
});

t.test(
  'ensureBridge, removeBridge: an interface of that name that is something else is left alone',
  { skip },
  async (t) => {
    const others: [string, string[]][] = [
      ['veth', ['link', 'add', spec.name, 'type', 'veth', 'peer', 'name', 'pp-peer']],
      ['bridge', ['link', 'add', spec.name, 'type', 'bridge']],
    ];
    for (const [kind, command] of others) {
      ip(...command);
      await t.rejects(ensureBridge(spec), {
        code: 'PEAPOD_CONFLICT',
        message: `Cannot make the bridge "pp-test0": there is an interface (${kind}) of that name`,
        hint: /another name/,
      });
      await removeBridge(spec);
      t.match(ip('link', 'show', spec.name), [{ ifname: spec.name }]);
      ip('link', 'del', spec.name);
    }
    await ensureBridge(spec);
    await t.rejects(ensureBridge({ ...spec, owner: 'peapod' }), {
      message: /\(bridge\) of that name marked "peapod-test"$/,
    });
    await removeBridge({ ...spec, owner: 'peapod' });
    t.match(ip('link', 'show', spec.name), [{ ifname: spec.name }], "another root's is not removed");
    await removeBridge(spec);
    await removeBridge(spec);
  },
);

t.test(
  'ensureBridge: a range that the host uses is refused with what uses it, and nothing is made',
  { skip },
  async (t) => {
    const cases: [string[][], RegExp][] = [
      [
        [['address', 'add', '10.85.3.4/8', 'dev', 'pp-lan']],
        /10\.85\.0\.1\/16: pp-lan uses 10\.85\.3\.4\/32$/,
      ],
      [
        [['route', 'add', '10.85.128.0/24', 'dev', 'pp-lan']],
        /10\.85\.0\.1\/16: pp-lan uses 10\.85\.128\.0\/24$/,
      ],
      [
        [['address', 'add', 'fd00:85::9/64', 'dev', 'pp-lan', 'nodad']],
        /fd00:85::1\/64: pp-lan uses fd00:85::9\/128$/,
      ],
    ];
    for (const [commands, message] of cases) {
      ip('link', 'add', 'pp-lan', 'type', 'veth', 'peer', 'name', 'pp-peer');
      ip('link', 'set', 'pp-lan', 'up');
      for (const command of commands) ip(...command);
      const work = () =>
        t.rejects(ensureBridge(dual), { code: 'PEAPOD_CONFLICT', message, hint: /--pod-cidr/ });
      await withLeakCheck(t, work, nobodysCgroup);
      ip('link', 'del', 'pp-lan');
    }
  },
);

t.test('ensureBridge: a route that is wider than the range is in nobody’s way', { skip }, async (t) => {
  ip('link', 'add', 'pp-lan', 'type', 'veth', 'peer', 'name', 'pp-peer');
  ip('link', 'set', 'pp-lan', 'up');
  for (const route of ['0.0.0.0/1', '10.0.0.0/8']) ip('route', 'add', route, 'dev', 'pp-lan');
  await withBridge(async () => {
    await ensureBridge(spec);
    ip('route', 'add', '10.85.7.0/24', 'dev', 'pp-lan');
    await ensureBridge(spec);
    t.pass('nor does what the host was given later stop a bridge that is there');
  });
  ip('link', 'del', 'pp-lan');
});

t.test('ensureBridge: what makes no sense is refused, and nothing is left', { skip }, async (t) => {
  const wrong = [
    [{ name: 'a-name-that-is-too-long' }, { code: 'PEAPOD_USAGE' }],
    [{ name: '../lo' }, { code: 'PEAPOD_USAGE' }],
    [{ mtu: 20 }, { code: 'EINVAL', message: 'Cannot set up the bridge pp-test0: EINVAL' }],
    [{ mtu: 70000 }, { code: 'EINVAL' }],
    [{ addresses: [{ address: '10.85.0', prefixLength: 16 }] }, { name: 'RangeError' }],
  ] as const;
  for (const [change, error] of wrong) {
    await withLeakCheck(t, () => t.rejects(ensureBridge({ ...spec, ...change }), error), nobodysCgroup);
  }
});
