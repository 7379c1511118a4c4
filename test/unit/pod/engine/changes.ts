import t from 'tap';
import { isGone, isReady, openBench, podOf, until } from './fixtures/bench.js';

t.test('a container that ignores its stop signal is killed when the grace is over', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.world.programs.obeysStop = () => false;
  await engine.apply(podOf('web', { terminationGracePeriodSeconds: 20 }));
  await until(engine, 'web', isReady);
  await engine.delete('web');
  await bench.untilTimer();
  t.ok(bench.world.running('main'));
  t.match(await engine.get('web'), { metadata: { deletionTimestamp: '2024-01-01T00:00:20Z' } });
  bench.clock.advance(20_000);
  await until(engine, 'web', isGone);
  t.same(await bench.leftovers(), []);
});

t.test('force cuts a deletion under way short', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.world.programs.obeysStop = () => false;
  await engine.apply(podOf('web'));
  await until(engine, 'web', isReady);
  await engine.delete('web');
  await engine.delete('web', { gracePeriodSeconds: 600 });
  t.match(await engine.get('web'), { metadata: { deletionGracePeriodSeconds: 30 } });
  await t.rejects(engine.apply(podOf('web')), { code: 'PEAPOD_CONFLICT' });
  await engine.delete('web', { force: true });
  await until(engine, 'web', isGone);
  t.same(await bench.leftovers(), []);
});

t.test('applying again changes what may be changed of a living pod and refuses the rest', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podOf('web'));
  await until(engine, 'web', isReady);
  t.match(await engine.apply(podOf('web')), [{ action: 'unchanged' }]);
  t.match(await engine.apply(podOf('web', {}, { labels: { a: '1' } })), [{ action: 'configured' }]);
  t.equal(bench.world.started.length, 1);
  const containers = [{ name: 'main', image: 'other' }];
  t.match(await engine.apply(podOf('web', { containers }), { dryRun: true }), [{ action: 'configured' }]);
  t.match(await engine.apply(podOf('web', { containers })), [{ action: 'configured' }]);
  const pod = await until(
    engine,
    'web',
    (pod) => pod?.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(pod),
  );
  t.match(pod?.status?.containerStatuses?.[0], { imageID: 'sha256:other' });
  t.equal(pod?.metadata?.labels, undefined);
  const changed = podOf('web', { containers, hostname: 'elsewhere' });
  await t.rejects(engine.apply(changed), { code: 'PEAPOD_CONFLICT', details: { paths: ['spec.hostname'] } });
  await t.rejects(engine.apply(podOf('web', { containers }, { namespace: 'two' })), {
    code: 'PEAPOD_CONFLICT',
  });
  t.same(bench.world.breaches, []);
});
