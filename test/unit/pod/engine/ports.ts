import t from 'tap';
import type { PodEngine } from '../../../../src/pod/pod-engine.js';
import type { Bench } from './fixtures/bench.js';
import { isGone, isReady, openBench, podOf, until } from './fixtures/bench.js';

const tcp = (hostPort: number, containerPort = 80) => ({ protocol: 'TCP', hostPort, containerPort }) as const;

/** A pod whose container has these ports of the host. */
function podWith(name: string, ...hostPorts: number[]) {
  const ports = hostPorts.map((hostPort) => ({ containerPort: 80, hostPort }));
  return podOf(name, { containers: [{ name: 'main', image: 'app', ports }] });
}

async function publishedOf(bench: Bench, engine: PodEngine, name: string) {
  const { metadata } = await engine.get(name);
  return bench.world.sandboxes.get(metadata?.uid ?? '')?.ports;
}

const isScheduled = (status: string) => (pod: Parameters<typeof isReady>[0]) =>
  pod?.status?.conditions?.some((one) => one.type === 'PodScheduled' && one.status === status) ?? false;

t.test("a pod's ports, addresses and the host's are published with its sandbox", async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podWith('web', 8080, 8081));
  const pod = await until(engine, 'web', isReady);
  t.same(await publishedOf(bench, engine, 'web'), [tcp(8080), tcp(8081)]);
  t.same(await engine.ports('web'), [tcp(8080), tcp(8081)]);
  t.match(pod?.status, {
    ...{ podIP: '10.85.0.2', podIPs: [{ ip: '10.85.0.2' }] },
    ...{ hostIP: '192.0.2.1', hostIPs: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }] },
  });
});

t.test("with the host's network the pod has the host's addresses and publishes nothing", async (t) => {
  const { bench, engine } = await openBench(t);
  const containers = [{ name: 'main', image: 'app', ports: [{ containerPort: 80 }] }];
  await engine.apply(podOf('web', { hostNetwork: true, containers }));
  const pod = await until(engine, 'web', isReady);
  t.match(pod?.status, { podIP: '192.0.2.1', podIPs: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }] });
  t.same(await publishedOf(bench, engine, 'web'), []);
  await t.rejects(engine.addPort('web', tcp(8080)), { code: 'PEAPOD_USAGE' });
  await engine.apply(podWith('other', 80));
  await until(engine, 'other', isScheduled('False'));
});

t.test('a container sees the address its pod has', async (t) => {
  const { bench, engine } = await openBench(t);
  const variable = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const env = [variable('POD', 'status.podIP'), variable('HOST', 'status.hostIPs')];
  await engine.apply(podOf('web', { containers: [{ name: 'main', image: 'app', env }] }));
  await until(engine, 'web', isReady);
  const seen = bench.world.running('main')?.spec.process.env ?? [];
  t.ok(seen.includes('POD=10.85.0.2'));
  t.ok(seen.includes('HOST=192.0.2.1,2001:db8::1'));
});

t.test('a pod whose port another pod has is pending, and says whose, until that one is gone', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podWith('web', 8080));
  await until(engine, 'web', isReady);
  await engine.apply(podWith('late', 8080));
  const late = await until(engine, 'late', isScheduled('False'));
  const message = 'Cannot publish port 8080/TCP of the host: pod "web" has it';
  t.match(late?.status, {
    phase: 'Pending',
    conditions: [{}, {}, {}, {}, { reason: 'Unschedulable', message }],
  });
  t.match(await engine.events('late'), [{ reason: 'FailedScheduling', type: 'Warning', message }]);
  t.equal(bench.world.sandboxes.size, 1, 'nothing of it is half made');
  await engine.delete('web');
  t.ok(isScheduled('True')(await until(engine, 'late', isReady)));
  t.same(bench.world.breaches, []);
});

t.test('a port that a process has is tried again after ten seconds', async (t) => {
  const { bench, engine } = await openBench(t);
  let isBusy = true;
  bench.world.programs.hasPort = () => isBusy;
  await engine.apply(podWith('web', 8080));
  await bench.untilTimer();
  t.match(await engine.events('web'), [
    {
      reason: 'FailedCreatePodSandBox',
      message: 'Failed to create pod sandbox: Port 8080 of the host is taken by a process',
    },
  ]);
  t.equal(bench.world.sandboxes.size, 0);
  t.equal((bench.clock.next() ?? 0) - bench.clock.now(), 10_000);
  await engine.createPod({ name: 'other', ports: [tcp(8080)] });
  await engine.delete('other');
  await until(engine, 'other', isGone);
  isBusy = false;
  await bench.nextTimer();
  await until(engine, 'web', isReady);
});

t.test('a sandbox that is made anew keeps its ports, and no other pod gets between', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podWith('web', 8080));
  const pod = await until(engine, 'web', isReady);
  await engine.apply(podWith('late', 8080));
  await until(engine, 'late', isScheduled('False'));
  bench.world.sandboxes.get(pod?.metadata?.uid ?? '')?.ended.set(true);
  const restarts = (pod: Parameters<typeof isReady>[0]) => pod?.status?.containerStatuses?.[0]?.restartCount;
  await until(engine, 'web', (pod) => isReady(pod) && restarts(pod) === 1);
  t.same(await publishedOf(bench, engine, 'web'), [tcp(8080)]);
  t.ok(isScheduled('False')(await engine.get('late')));
  t.same(bench.world.breaches, []);
});

t.test('a port is added to a pod that lives, and removed again', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podWith('web', 8080));
  await until(engine, 'web', isReady);
  t.same(await engine.addPort('web', { ...tcp(9090), hostIP: '127.0.0.1' }), {
    ...tcp(9090),
    hostIP: '127.0.0.1',
  });
  const both = [tcp(8080), { ...tcp(9090), hostIP: '127.0.0.1' }];
  t.same(await publishedOf(bench, engine, 'web'), both);
  t.same(await engine.ports('web'), both);
  await engine.addPort('web', { ...tcp(9090), hostIP: '127.0.0.1' });
  t.same(await engine.ports('web'), both, 'once more is no matter');
  await engine.removePort('web', { ...tcp(9090), hostIP: '127.0.0.1' });
  t.same(await publishedOf(bench, engine, 'web'), [tcp(8080)]);
  await t.rejects(engine.removePort('web', tcp(9090)), {
    code: 'PEAPOD_NOT_FOUND',
    message: 'Cannot remove port 9090/TCP to 80 of pod "web": it is not published',
  });
  await t.rejects(engine.removePort('web', tcp(8080, 81)), { code: 'PEAPOD_NOT_FOUND' });
  await t.rejects(engine.removePort('web', tcp(8080)), { code: 'PEAPOD_CONFLICT', message: /its manifest/ });
  await t.rejects(engine.addPort('nope', tcp(1)), { code: 'PEAPOD_NOT_FOUND' });
  t.equal((await engine.get('web')).status?.containerStatuses?.[0]?.restartCount, 0);
});

t.test('a port that cannot be added changes nothing', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podWith('web', 8080));
  await engine.apply(podWith('db', 5432));
  for (const name of ['web', 'db']) await until(engine, name, isReady);
  await t.rejects(engine.addPort('web', tcp(5432)), {
    code: 'PEAPOD_PORT_TAKEN',
    message: 'Cannot publish port 5432/TCP of the host: pod "db" has it',
  });
  await t.rejects(engine.addPort('web', tcp(8080, 81)), {
    code: 'PEAPOD_CONFLICT',
    message: /leads to port 80/,
  });
  for (const wrong of [{ hostPort: 0 }, { containerPort: 1.5 }, { hostIP: 'x' }, { protocol: 'tcp' }]) {
    await t.rejects(engine.addPort('web', { ...tcp(9090), ...wrong } as never), { code: 'PEAPOD_USAGE' });
  }
  bench.world.programs.hasPort = ({ hostPort }) => hostPort === 9090;
  await t.rejects(engine.addPort('web', tcp(9090)), { code: 'PEAPOD_PORT_TAKEN', message: /by a process/ });
  bench.world.programs.hasPort = () => false;
  t.same(await engine.ports('web'), [tcp(8080)]);
  t.same(await publishedOf(bench, engine, 'web'), [tcp(8080)]);
  await engine.addPort('db', tcp(9090));
  await engine.delete('web');
  await t.rejects(engine.addPort('web', tcp(1)), { code: /PEAPOD_(CONFLICT|NOT_FOUND)/ });
  await until(engine, 'web', isGone);
  t.same(await bench.leftovers(), await remainsOf(engine, 'db'));
});

/** What `leftovers` has of a pod that lives. */
async function remainsOf(engine: PodEngine, name: string): Promise<string[]> {
  const uid = (await engine.get(name)).metadata?.uid ?? '';
  return [uid, `default_${name}_${uid}`, `${uid}.json`, uid, `${uid}/main-0`];
}

t.test('a port without one of the host gets one that neither a process nor a pod has', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podWith('web', 40_001));
  await until(engine, 'web', isReady);
  bench.freePorts = [40_001, 40_002];
  t.same(await engine.addPort('web', { protocol: 'TCP', containerPort: 80 }), tcp(40_002));
  bench.freePorts = Array.from({ length: 200 }, () => 40_001);
  await t.rejects(engine.addPort('web', { protocol: 'TCP', containerPort: 80 }), {
    code: 'PEAPOD_PORT_TAKEN',
    message: /None of 100 free ports/,
  });
});

t.test('removing a port lets a pod in that waits for it', async (t) => {
  const { engine } = await openBench(t);
  await engine.createPod({ name: 'web', ports: [tcp(8080), tcp(8081)] });
  await engine.apply(podWith('late', 8080));
  await until(engine, 'late', isScheduled('False'));
  await engine.removePort('web', tcp(8080));
  await until(engine, 'late', isReady);
});

t.test('a pod that waits for its own added port may do without it', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.world.programs.hasPort = ({ hostPort }) => hostPort === 8080;
  await engine.createPod({ name: 'web', ports: [tcp(8080)] });
  await bench.untilTimer();
  await engine.removePort('web', tcp(8080));
  await until(engine, 'web', isReady);
});
