import t from 'tap';
import { Bench, isReady, podOf, until } from './fixtures/bench.js';
import { Life } from './fixtures/life.js';

const tcp = (hostPort: number) => ({ protocol: 'TCP', hostPort, containerPort: 80 }) as const;

/** Adds or removes a port in an engine that dies before its step `dieAt` from there on. False when it lived. */
async function dieWhile(change: 'addPort' | 'removePort', dieAt: number): Promise<boolean> {
  const bench = await Bench.create();
  const life = new Life();
  const engine = await bench.open(life);
  await engine.apply(podOf('web'));
  const pod = await until(engine, 'web', isReady);
  if (change === 'removePort') await engine.addPort('web', tcp(8080));
  life.dieAfter(dieAt);
  const changed = (async () => engine[change]('web', tcp(8080)))();
  const died = (await Promise.race([changed, life.death])) === 'dead';
  // Other than a process's, this engine's pending file operations go on: let them come to their end.
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  const next = await bench.open();
  const published = bench.world.sandboxes.get(pod?.metadata?.uid ?? '')?.ports;
  t.same(
    published,
    await next.ports('web'),
    `${change}, dead at ${dieAt}: what is written down is published`,
  );
  t.ok(isReady(await next.get('web')));
  t.same([...bench.world.breaches, ...bench.warnings], []);
  await next.close();
  if (!died) await engine.close();
  await bench.remove();
  return died;
}

t.test('an engine killed while it changes ports leaves what the next one sees to', async (t) => {
  for (const change of ['addPort', 'removePort'] as const) {
    let step = 1;
    while (await dieWhile(change, step)) step++;
    t.ok(step >= 4, `${change}: ${step - 1} steps`);
  }
});

t.test('ports that were added outlive the engine and a reboot, and stay taken', async (t) => {
  const bench = await Bench.create();
  const first = await bench.open();
  await first.apply(podOf('web'));
  await until(first, 'web', isReady);
  await first.addPort('web', tcp(8080));
  await first.close();
  const second = await bench.open();
  t.same(await second.ports('web'), [tcp(8080)]);
  await t.rejects(second.createPod({ name: 'late', ports: [tcp(8080)] }), { code: 'PEAPOD_PORT_TAKEN' });
  await second.close();
  bench.world.reboot();
  bench.bootId = 'boot-2';
  const third = await bench.open();
  const pod = await until(third, 'web', isReady);
  t.same(bench.world.sandboxes.get(pod?.metadata?.uid ?? '')?.ports, [tcp(8080)]);
  await third.close();
  await bench.remove();
});
