import t from 'tap';
import { Bench, isGone, isReady, openBench, podOf, until } from './fixtures/bench.js';
import { Life } from './fixtures/life.js';

t.test('an image that a pod uses is removed only by force, and its layers stay', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podOf('web'));
  await until(engine, 'web', isReady);
  await t.rejects(engine.images.remove(['other', 'app']), {
    code: 'PEAPOD_CONFLICT',
    message: 'Cannot remove image "app": pod "web" uses it',
  });
  t.ok(bench.images.local.has('other'), 'none of them is removed');
  await engine.images.remove(['app'], { force: true });
  t.same(bench.images.collected.at(-1), ['l/app']);
});

t.test('layers of adopted containers stay, and are free when the pod is gone', async (t) => {
  const bench = await Bench.create();
  t.teardown(() => bench.remove());
  const life = new Life();
  const first = await bench.open(life);
  await first.apply(podOf('web'));
  await until(first, 'web', isReady);
  life.kill();
  const second = await bench.open();
  t.teardown(() => second.close());
  await second.images.remove(['other']);
  t.same(bench.images.collected.at(-1), ['l/app']);
  await second.images.remove(['app'], { force: true });
  const before = bench.images.collected.length;
  await second.delete('web');
  await until(second, 'web', isGone);
  while (bench.images.collected.length === before) await new Promise(setImmediate);
  t.same(bench.images.collected.at(-1), []);
});
