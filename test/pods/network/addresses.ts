import t from 'tap';
import { idle, pod, script } from '../fixtures/manifest.js';
import type { Peapod } from '../fixtures/peapod.js';
import { until } from '../fixtures/until.js';
import { skip, withNetwork } from '../fixtures/with-network.js';

const atOnce = 20;

async function ipsOf(peapod: Peapod): Promise<string[]> {
  const { items } = JSON.parse(await peapod.ok('get', 'pods', '-o', 'json'));
  return items.map(({ status }: { status: { podIP?: string } }) => status.podIP ?? 'none');
}

t.test(`${atOnce} pods applied at once have ${atOnce} addresses`, { skip }, async (t) => {
  await withNetwork(t, {}, async ({ peapod }) => {
    const names = Array.from({ length: atOnce }, (_, index) => `pod-${index}`);
    await Promise.all(
      names.map((name) => peapod.apply(pod(name, [script(idle)]), '--wait', '--timeout=60s')),
    );
    const ips = await ipsOf(peapod);
    t.equal(ips.length, atOnce);
    t.ok(
      ips.every((ip) => /^10\.85\.0\.\d+$/.test(ip)),
      ips.join(' '),
    );
    t.equal(new Set(ips).size, atOnce, 'no address twice');
  });
});

t.test('a range that is used up says so, and serves who waits when a pod is deleted', { skip }, async (t) => {
  await withNetwork(t, { podCidr: '10.85.0.0/29' }, async ({ peapod }) => {
    for (const name of ['one', 'two', 'three', 'four', 'five'])
      await peapod.ok('pod', 'create', '--name', name);
    t.same(
      (await ipsOf(peapod)).sort(),
      [2, 3, 4, 5, 6].map((last) => `10.85.0.${last}`),
    );
    await peapod.ok('pod', 'create', '--name', 'six', '--no-wait');
    await until('it says so', async () =>
      /10\.85\.0\.0\/29.*(all|in use|used)/i.test(await peapod.ok('describe', 'pod', 'six')),
    );
    const freed = (await peapod.get('three')).status?.podIP;
    await peapod.ok('delete', 'pod', 'three');
    await peapod.waitFor('six', 'condition=Ready');
    t.equal((await peapod.get('six')).status?.podIP, freed);
  });
});
