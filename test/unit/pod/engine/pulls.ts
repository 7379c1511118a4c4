import type { Container } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import type { PodEngine } from '../../../../src/pod/pod-engine.js';
import { Bench, isGone, isReady, openBench, podOf, until, waitingReason } from './fixtures/bench.js';
import { Life } from './fixtures/life.js';

function containerOf(image: string, over: Partial<Container> = {}): Container {
  return { name: 'main', image, ...over };
}

async function messages(engine: PodEngine, name = 'web'): Promise<string[]> {
  return (await engine.events(name)).map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

async function untilEvent(engine: PodEngine, reason: string, name = 'web'): Promise<void> {
  while (!(await engine.events(name)).some((event) => event.reason === reason)) {
    await new Promise(setImmediate);
  }
}

t.test('an image that is missing is pulled, told in kubelet’s words', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.images.registry.set('nginx:1', 'sha256:1');
  await engine.apply(podOf('web', { containers: [containerOf('nginx:1')] }));
  const pod = await until(engine, 'web', isReady);
  t.equal(pod?.status?.containerStatuses?.[0]?.imageID, 'nginx:1@sha256:1');
  const [pulling, pulled] = await messages(engine);
  t.equal(pulling, 'Normal Pulling: Pulling image "nginx:1"');
  t.match(
    pulled,
    /^Normal Pulled: Successfully pulled image "nginx:1" in \S+ \(\S+ including waiting\)\. Image size: 1000 bytes\.$/,
  );
  await engine.apply(podOf('again', { containers: [containerOf('nginx:1')] }));
  await until(engine, 'again', isReady);
  t.equal(
    (await messages(engine, 'again'))[0],
    'Normal Pulled: Container image "nginx:1" already present on machine',
  );
  t.same(bench.images.asked, ['pull nginx:1']);
});

t.test('a pull that fails is tried again after 10 s, doubled up to 5 min', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podOf('web', { containers: [containerOf('gone:1')] }));
  const waits: number[] = [];
  for (let failures = 1; failures <= 7; failures++) {
    if (failures > 1) bench.clock.advanceToNext();
    while (bench.images.asked.length < failures) await new Promise(setImmediate);
    await bench.untilTimer();
    waits.push(((bench.clock.next() ?? 0) - bench.clock.now()) / 1000);
    const wanted = failures === 1 ? 'ErrImagePull' : 'ImagePullBackOff';
    await until(engine, 'web', (pod) => waitingReason(pod) === wanted);
  }
  t.same(waits, [10, 20, 40, 80, 160, 300, 300]);
  const why = 'The registry has no image "gone:1"';
  const pod = await engine.get('web');
  t.equal(
    pod.status?.containerStatuses?.[0]?.state?.waiting?.message,
    `Back-off pulling image "gone:1": ErrImagePull: ${why}`,
  );
  t.same((await messages(engine)).sort(), [
    'Normal BackOff: Back-off pulling image "gone:1"',
    'Normal Pulling: Pulling image "gone:1"',
    'Warning Failed: Error: ErrImagePull',
    'Warning Failed: Error: ImagePullBackOff',
    `Warning Failed: Failed to pull image "gone:1": ${why}`,
  ]);
  bench.images.registry.set('gone:1', 'sha256:1');
  bench.clock.advanceToNext();
  await until(engine, 'web', isReady);
});

t.test('a pull holds up neither the other containers nor a deletion, which ends it', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.images.isManual = true;
  const containers = [containerOf('slow:1'), { name: 'other', image: 'app' }];
  await engine.apply(podOf('web', { containers }));
  const started = await until(
    engine,
    'web',
    (pod) => pod?.status?.containerStatuses?.[1]?.state?.running !== undefined,
  );
  t.equal(waitingReason(started), 'ContainerCreating');
  t.match((await messages(engine))[0], 'Pulling image "slow:1"');
  await engine.delete('web');
  await until(engine, 'web', isGone);
  t.ok(bench.images.downloads[0]?.isAborted);
  t.same(await bench.leftovers(), []);
});

t.test('two pods share a download, which goes on when one of them is deleted', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.images.isManual = true;
  bench.images.registry.set('slow:1', 'sha256:1');
  for (const name of ['one', 'two']) {
    await engine.apply(podOf(name, { containers: [containerOf('slow:1')] }));
    await untilEvent(engine, 'Pulling', name);
  }
  await engine.delete('one');
  await until(engine, 'one', isGone);
  t.equal(bench.images.downloads.length, 1);
  t.notOk(bench.images.downloads[0]?.isAborted);
  bench.images.downloads[0]?.finish();
  await until(engine, 'two', isReady);
});

t.test('another image in the manifest ends the pull of the old one', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.images.isManual = true;
  await engine.apply(podOf('web', { containers: [containerOf('slow:1')] }));
  await untilEvent(engine, 'Pulling');
  await engine.apply(podOf('web', { containers: [containerOf('app')] }));
  await until(engine, 'web', isReady);
  t.ok(bench.images.downloads[0]?.isAborted);
});

t.test('a pull that an engine left unfinished is begun anew by the next', async (t) => {
  const bench = await Bench.create();
  t.teardown(() => bench.remove());
  bench.images.isManual = true;
  bench.images.registry.set('slow:1', 'sha256:1');
  const life = new Life();
  const first = await bench.open(life);
  await first.apply(podOf('web', { containers: [containerOf('slow:1')] }));
  await untilEvent(first, 'Pulling');
  life.kill();
  const second = await bench.open();
  t.teardown(() => second.close());
  while (bench.images.downloads.length < 2) await new Promise(setImmediate);
  bench.images.downloads[1]?.finish();
  await until(second, 'web', isReady);
  t.same(bench.world.breaches, []);
});

t.test('an image that arrives another way ends the wait', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podOf('web', { containers: [containerOf('late:1')] }));
  await until(engine, 'web', (pod) => waitingReason(pod) === 'ErrImagePull');
  await engine.images.tag('app', 'late:1');
  await until(engine, 'web', isReady);
  t.same(bench.images.asked, ['pull late:1']);
});

t.test('Always asks at each start, and fails when nobody answers', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.images.registry.set('app', 'sha256:1');
  await engine.apply(podOf('web', { containers: [containerOf('app', { imagePullPolicy: 'Always' })] }));
  await until(engine, 'web', isReady);
  bench.images.isOnline = false;
  bench.world.running('main')?.end({ kind: 'exited', status: 1 });
  await until(engine, 'web', (pod) => waitingReason(pod) === 'ErrImagePull');
  t.same(bench.images.asked, ['pull app', 'pull app']);
});

t.test('an unstated policy asks whether the tag has moved, and does without an answer', async (t) => {
  const { bench, engine } = await openBench(t);
  const { images } = bench;
  images.local.set('web', 'sha256:1').set('moved', 'sha256:1').set('offline', 'sha256:1');
  images.registry.set('web', 'sha256:1').set('moved', 'sha256:2');
  const run = async (name: string) => {
    await engine.apply(podOf(name, { containers: [containerOf(name)] }));
    return until(engine, name, isReady);
  };
  await run('web');
  t.equal(
    (await messages(engine, 'web'))[0],
    'Normal Pulled: Container image "web" already present on machine',
  );
  const moved = await run('moved');
  t.equal(moved?.status?.containerStatuses?.[0]?.imageID, 'moved@sha256:2');
  images.isOnline = false;
  await run('offline');
  t.match(
    (await messages(engine, 'offline'))[0],
    /^Warning RegistryUnavailable: Using image "offline" as it is/,
  );
  await run('app');
  t.same(
    images.asked,
    ['digest web', 'digest moved', 'pull moved', 'digest offline'],
    'imported ones are not asked for',
  );
});

t.test('our pause stands in for that of Kubernetes when no registry answers', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.images.isOnline = false;
  await engine.apply(podOf('web', { containers: [containerOf('k8s.gcr.io/pause')] }));
  const pod = await until(engine, 'web', isReady);
  t.equal(pod?.status?.containerStatuses?.[0]?.imageID, 'pause');
});

t.test('Never and malformed names are told as kubelet tells them', async (t) => {
  const { engine } = await openBench(t);
  await engine.apply(podOf('web', { containers: [containerOf('gone:1', { imagePullPolicy: 'Never' })] }));
  await until(engine, 'web', (pod) => waitingReason(pod) === 'ErrImageNeverPull');
  const text = 'Container image "gone:1" is not present with pull policy of Never';
  t.same(await messages(engine), [
    `Warning ErrImageNeverPull: ${text}`,
    'Warning Failed: Error: ErrImageNeverPull',
  ]);
  await engine.apply(podOf('bad', { containers: [containerOf('UPPER')] }));
  await until(engine, 'bad', (pod) => waitingReason(pod) === 'InvalidImageName');
  t.match(await messages(engine, 'bad'), [
    /^Warning InspectFailed: /,
    'Warning Failed: Error: InvalidImageName',
  ]);
});
