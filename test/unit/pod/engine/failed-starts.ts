import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { isGone, isReady, openBench, podOf, until, waitingReason } from './fixtures/bench.js';

t.test('a container that cannot be started shows StartError 128 and why it waits', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.world.programs.startError = () => new Error('no such file');
  await engine.apply(podOf('web'));
  const pod = await until(engine, 'web', (pod) => waitingReason(pod) === 'RunContainerError');
  t.match(pod?.status?.containerStatuses?.[0]?.lastState, {
    terminated: { exitCode: 128, reason: 'StartError' },
  });
  t.match((await engine.events('web')).at(-1), { reason: 'Failed', message: 'Error: no such file' });
  await engine.delete('web');
  await until(engine, 'web', isGone);
  t.same(await bench.leftovers(), []);
});

t.test('a container waits for its image and starts as soon as it is imported', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podOf('web', { containers: [{ name: 'main', image: 'nowhere' }] }));
  const pod = await until(engine, 'web', (pod) => waitingReason(pod) === 'ErrImagePull');
  t.match(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message, /The registry has no image/);
  await engine.images.import({ name: 'nowhere', path: '/' });
  await until(engine, 'web', isReady);
  const never = { name: 'main', image: 'unknown', imagePullPolicy: 'Never' } as const;
  await engine.apply(podOf('never', { containers: [never] }));
  await until(engine, 'never', (pod) => waitingReason(pod) === 'ErrImageNeverPull');
  bench.images.isOnline = false;
  const always = { name: 'main', image: 'app', imagePullPolicy: 'Always' } as const;
  await engine.apply(podOf('always', { containers: [always] }));
  await until(engine, 'always', (pod) => waitingReason(pod) === 'ErrImagePull');
});

t.test('a pod whose host path is missing waits and tells of it', async (t) => {
  const { bench, engine } = await openBench(t);
  const path = join(bench.paths.state, 'missing');
  const volumes = [{ name: 'data', hostPath: { path, type: 'File' } }];
  const containers = [{ name: 'main', image: 'app', volumeMounts: [{ name: 'data', mountPath: '/data' }] }];
  await engine.apply(podOf('web', { volumes, containers }));
  while ((await engine.events('web')).length === 0) await new Promise(setImmediate);
  t.match(await engine.events('web'), [{ reason: 'FailedMount', type: 'Warning', field: '' }]);
  await bench.untilTimer();
  t.equal(waitingReason(await engine.get('web')), 'ContainerCreating');
  t.same(bench.world.started, []);
  await writeFile(path, '');
  await bench.nextTimer();
  await until(engine, 'web', isReady);
  t.match(bench.world.running('main')?.spec.mounts, [{ source: { path }, file: true }]);
});

t.test('a sandbox that cannot be made is tried again, and one that is lost is replaced', async (t) => {
  const { bench, engine } = await openBench(t);
  let failures = 2;
  bench.world.programs.sandboxError = () => (failures-- > 0 ? new Error('no room') : undefined);
  await engine.apply(podOf('web'));
  for (let tries = 1; tries <= 2; tries++) {
    while ((await engine.events('web'))[0]?.count !== tries) await new Promise(setImmediate);
    await bench.nextTimer();
  }
  const pod = await until(engine, 'web', isReady);
  const sandbox = bench.world.sandboxes.get(pod?.metadata?.uid ?? '');
  sandbox?.ended.set(true);
  bench.world.sandboxes.delete(pod?.metadata?.uid ?? '');
  await until(
    engine,
    'web',
    (pod) => isReady(pod) && pod?.status?.containerStatuses?.[0]?.restartCount === 1,
  );
  t.same(bench.world.breaches, []);
  t.ok((await engine.events('web')).some(({ reason }) => reason === 'SandboxChanged'));
});

t.test('a pod is deleted although it cannot be written down what runs', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podOf('web'));
  await until(engine, 'web', isReady);
  await rm(bench.paths.podFacts, { recursive: true });
  await engine.delete('web');
  await until(engine, 'web', isGone);
  t.same(bench.world.running('main'), undefined);
});
