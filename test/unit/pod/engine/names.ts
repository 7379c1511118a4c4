import { readFile } from 'node:fs/promises';
import type { Pod } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { type Bench, isGone, isReady, openBench, podOf, until } from './fixtures/bench.js';

const full = 'web.default.svc.cluster.local';

/** Of a container that runs: the file of the host that is mounted there, or undefined. */
async function readMounted(bench: Bench, target: string): Promise<string | undefined> {
  const { mounts = [] } = bench.world.running('main')?.spec ?? {};
  const source = mounts.find((mount) => mount.target === target)?.source;
  return source?.kind === 'host' ? readFile(source.path, 'utf8') : undefined;
}

async function reasons(events: Promise<readonly { reason: string; message: string }[]>): Promise<string[]> {
  return (await events).map(({ reason }) => reason);
}

t.test('a pod is known by name before it starts, and no longer when it is gone', async (t) => {
  const { bench, engine } = await openBench(t);
  let isKnown = false;
  bench.world.programs.onStart = () => {
    isKnown = bench.lookup(full)?.records?.length === 1;
  };
  await engine.apply(podOf('web'));
  await until(engine, 'web', isReady);
  t.equal(isKnown, true);
  t.match(
    await readMounted(bench, '/etc/resolv.conf'),
    /^search default\.svc\.cluster\.local .*\nnameserver 10\.85\.0\.1\n/,
  );
  await engine.delete('web');
  await until(engine, 'web', isGone);
  t.equal(bench.lookup(full)?.records, undefined);
});

t.test('names outlive the engine that made the pod', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podOf('web'));
  await until(engine, 'web', isReady);
  await engine.close();
  const next = await bench.open();
  t.teardown(() => next.close());
  t.equal(bench.lookup(full)?.records?.length, 1);
});

t.test(
  'without a resolver the pod runs with the name servers of the host, and an event says so',
  async (t) => {
    const { bench, engine } = await openBench(t);
    await engine.close();
    bench.hasResolver = false;
    const next = await bench.open();
    t.teardown(() => next.close());
    await next.apply(podOf('web'));
    await next.apply(podOf('plain', { dnsPolicy: 'Default' }));
    await until(next, 'web', isReady);
    await until(next, 'plain', isReady);
    t.notMatch(await readMounted(bench, '/etc/resolv.conf'), /10\.85\.0\.1|cluster\.local/);
    t.ok((await reasons(next.events('web'))).includes('MissingClusterDNS'));
    t.notOk((await reasons(next.events('plain'))).includes('MissingClusterDNS'));
  },
);

t.test('aliases and the full name are in the hosts file, unless a volume is there', async (t) => {
  const { bench, engine } = await openBench(t);
  const spec = {
    subdomain: 'shop',
    setHostnameAsFQDN: true,
    hostAliases: [{ ip: '10.9.8.7', hostnames: ['db'] }],
  };
  await engine.apply(podOf('web', spec));
  await until(engine, 'web', isReady);
  const name = 'web.shop.default.svc.cluster.local';
  const hosts = await readMounted(bench, '/etc/hosts');
  t.match(hosts, `\n10.85.0.2\t${name}\tweb\n\n# Entries added by HostAliases.\n10.9.8.7\tdb\n`);
  t.equal(await readMounted(bench, '/etc/hostname'), `${name}\n`);
  t.equal(bench.world.sandboxes.values().next().value?.spec.hostname, name);
  t.ok(bench.world.running('main')?.spec.process.env.includes(`HOSTNAME=${name}`));
  await engine.delete('web', { gracePeriodSeconds: 0 });
  await until(engine, 'web', isGone);
  const own: Partial<Pod['spec']> = {
    containers: [{ name: 'main', image: 'app', volumeMounts: [{ name: 'mine', mountPath: '/etc/hosts' }] }],
    volumes: [{ name: 'mine', emptyDir: { medium: 'Memory' } }],
  };
  await engine.apply(podOf('own', own));
  await until(engine, 'own', isReady);
  t.equal(await readMounted(bench, '/etc/hosts'), undefined);
});

t.test('a full name the kernel does not take holds the pod up, and an event says so', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podOf('web', { hostname: 'h'.repeat(40), subdomain: 'shop', setHostnameAsFQDN: true }));
  await bench.untilTimer();
  const pod = await engine.get('web');
  t.match(pod.status, { phase: 'Pending' });
  const [event] = await engine.events('web');
  t.match(event, {
    reason: 'FailedCreatePodSandBox',
    message: /^Failed to create pod sandbox: Cannot use "h+\.shop\..*" as the hostname: it has 71 characters/,
  });
  t.equal(bench.world.sandboxes.size, 0);
});
