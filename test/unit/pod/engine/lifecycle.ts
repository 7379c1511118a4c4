import t from 'tap';
import { Bench, isReady, openBench, podOf, until, waitingReason } from './fixtures/bench.js';

t.test('a pod comes up, is seen by a watcher, and leaves nothing when it is deleted', async (t) => {
  const { bench, engine } = await openBench(t);
  const types: string[] = [];
  const watching = (async () => {
    for await (const { type, object } of engine.watch({ name: 'web' })) {
      types.push(`${type} ${object.status?.phase}`);
      if (type === 'DELETED') return;
    }
  })();
  const [applied] = await engine.apply(podOf('web'));
  t.match(applied, { kind: 'Pod', name: 'web', action: 'created' });
  const pod = await until(engine, 'web', isReady);
  t.match(pod, {
    metadata: { uid: applied?.uid, namespace: 'default', creationTimestamp: '2024-01-01T00:00:00Z' },
    status: { phase: 'Running', containerStatuses: [{ name: 'main', restartCount: 0, ready: true }] },
  });
  t.match(await engine.list(), [{ metadata: { name: 'web' } }]);
  const events = await engine.events('web');
  t.same(
    events.map(({ reason, field }) => `${reason} ${field}`),
    ['Pulled', 'Created', 'Started'].map((reason) => `${reason} spec.containers{main}`),
  );
  await engine.delete('web');
  await watching;
  t.equal(types[0], 'ADDED Pending');
  t.equal(types.at(-1)?.split(' ')[0], 'DELETED');
  await t.rejects(engine.get('web'), { code: 'PEAPOD_NOT_FOUND' });
  t.same(await bench.leftovers(), []);
  t.same(bench.world.breaches, []);
  t.same(bench.warnings, []);
});

t.test('resource versions only grow, also over engines', async (t) => {
  const bench = await Bench.create();
  const first = await bench.open();
  await first.apply(podOf('web'));
  const before = await until(first, 'web', isReady);
  await first.close();
  const second = await bench.open();
  const after = await second.get('web');
  t.ok(Number(after.metadata?.resourceVersion) > Number(before?.metadata?.resourceVersion));
  await second.close();
  await bench.remove();
});

t.test('a crashing container is restarted after 0, 10, 20, 40 … at most 300 seconds', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.world.programs.onStart = (container) => container.end({ kind: 'exited', status: 7 });
  await engine.apply(podOf('web'));
  const waits: number[] = [];
  for (let restarts = 1; restarts <= 7; restarts++) {
    const isWaiting = (pod: Parameters<typeof isReady>[0]) =>
      waitingReason(pod) === 'CrashLoopBackOff' &&
      pod?.status?.containerStatuses?.[0]?.restartCount === restarts;
    const pod = await until(engine, 'web', isWaiting);
    t.match(pod?.status?.containerStatuses?.[0]?.lastState, { terminated: { exitCode: 7, reason: 'Error' } });
    await bench.untilTimer();
    waits.push((bench.clock.next() ?? 0) - bench.clock.now());
    bench.clock.advanceToNext();
  }
  t.same(
    waits.map((ms) => ms / 1000),
    [10, 20, 40, 80, 160, 300, 300],
  );
  t.same(bench.world.breaches, []);
});

t.test('a closed engine refuses, lets pods run, and ends its watches', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
  await engine.apply(podOf('web'));
  await until(engine, 'web', isReady);
  const watch = engine.watch()[Symbol.asyncIterator]();
  t.equal((await watch.next()).value?.type, 'ADDED');
  const rest = watch.next();
  await engine.close();
  t.equal((await rest).done, true);
  t.ok(bench.world.running('main'));
  await t.rejects(engine.apply(podOf('other')), { code: 'PEAPOD_USAGE' });
  await bench.remove();
});
