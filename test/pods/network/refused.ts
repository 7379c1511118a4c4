import t, { type Test } from 'tap';
import { idle, pod, script } from '../fixtures/manifest.js';
import { networkState } from '../fixtures/network-state.js';
import type { Peapod } from '../fixtures/peapod.js';
import { until } from '../fixtures/until.js';
import { dualStack, skip, type TestNetwork, withNetwork } from '../fixtures/with-network.js';

/** A pod that cannot have its network says why, and nothing is made for it. */
async function isRefused(
  t: Test,
  { peapod, host }: TestNetwork,
  { make, why }: { make: () => Promise<unknown>; why: RegExp },
): Promise<void> {
  const before = await networkState(host);
  await make();
  await until(
    'the pod says why',
    async () => why.test(await peapod.ok('describe', 'pod', 'bad')),
    5000,
  ).catch(async () => t.match(await peapod.ok('describe', 'pod', 'bad'), why));
  t.match(await peapod.ok('describe', 'pod', 'bad'), /FailedCreatePodSandBox/);
  await peapod.ok('delete', 'pod', 'bad');
  await until('nothing is left', async () => (await networkState(host)).join() === before.join(), 5000);
  t.same(await networkState(host), before, `nothing is left: ${why.source}`);
}

const create =
  (peapod: Peapod, ...more: string[]) =>
  async () =>
    peapod.ok('pod', 'create', '--name', 'bad', '--no-wait', ...more);

t.test('a range that the host uses is refused', { skip }, async (t) => {
  for (const [podCidr, used] of [
    ['192.0.0.0/16', /192\.0\.0\.0\/16.*192\.0\.2\./],
    ['10.85.0.0/16,2001:db8::/64', /2001:db8::\/64.*2001:db8::/],
  ] as const) {
    await withNetwork(t, { podCidr }, async (network) => {
      await isRefused(t, network, { make: create(network.peapod), why: used });
    });
  }
});

t.test('a range that cannot be one is refused at the start', { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod }) => {
    for (const [range, why] of [
      ['10.85.0.0/30', /too small/],
      ['10.85.0.1/16', /begins in the middle/],
      ['10.85.0.0/16,10.86.0.0/16', /both IPv4/],
      ['127.0.0.0/16', /loopback/],
      ['nonsense', /no range/],
    ] as const) {
      const { status, stderr } = await peapod.run(['serve', '--pod-cidr', range]);
      t.not(status, 0);
      t.match(stderr, why);
    }
  });
});

t.test('a bridge name that something else has is refused', { skip }, async (t) => {
  await withNetwork(t, {}, async (network) => {
    const { peapod, host } = network;
    await host.ip('link add br7 type bridge\n');
    await peapod.ok('serve', '--bridge', 'br7');
    await isRefused(t, network, {
      make: create(peapod),
      why: /bridge "br7".*interface \(bridge\) of that name/,
    });
    await host.ip('link delete br7\n');
    await peapod.ok('pod', 'create', '--name', 'good');
    t.equal((await host.list('link', 'show', 'br7')).length, 1, 'and made once the name is free');
  });
});

t.test('what a pod cannot be published at or joined to is refused', { skip }, async (t) => {
  await withNetwork(t, { podCidr: dualStack }, async (network) => {
    const { peapod } = network;
    await isRefused(t, network, {
      make: create(peapod, '-p', '203.0.113.9:8080:80'),
      why: /203\.0\.113\.9 is no address of this host/,
    });
    for (const [path, why] of [
      ['/nonexistent/net', /network namespace "\/nonexistent\/net": /],
      ['/etc/hostname', /"\/etc\/hostname": it is an ordinary file/],
      ['/proc/self/ns/mnt', /"\/proc\/self\/ns\/mnt": it is /],
    ] as const) {
      await isRefused(t, network, { make: create(peapod, '--net', `ns:${path}`), why });
    }
    await peapod.apply(pod('good', [script(idle)]));
    for (const [words, why] of [
      [['203.0.113.9:8080:80'], /203\.0\.113\.9 is no address of this host/],
      [['8080:80000'], /80000/],
      [['0:80'], /"0"/],
      [['8080:80/icmp'], /tcp, udp or sctp/],
      [['fe80::1:8080:80'], /fe80/],
    ] as const) {
      const { status, stderr } = await peapod.run(['port', 'add', 'good', ...words]);
      t.not(status, 0, words.join(' '));
      t.match(stderr, why);
    }
    t.equal(await peapod.ok('port', 'good'), '');
  });
});
