import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { podDirectory } from '../../../../src/kernel/paths.js';
import type { PodEngine } from '../../../../src/pod/pod-engine.js';
import { Bench, isGone, isReady, podOf, until } from './fixtures/bench.js';
import { Life } from './fixtures/life.js';

const twoContainers = {
  initContainers: [{ name: 'setup', image: 'app' }],
  containers: ['one', 'two'].map((name) => ({ name, image: 'app', command: [name] })),
};

/** From nothing to nothing, by way of a crash: every step may find that a former engine has done it. */
async function liveThrough(bench: Bench, engine: PodEngine, done: Set<string>): Promise<void> {
  const [found] = await engine.list();
  const isGoneAlready = found === undefined && done.has('deleting');
  if (isGoneAlready || found?.metadata?.deletionTimestamp !== undefined) done.add('deleted');
  if (!done.has('deleted')) {
    await engine.apply(podOf('web', twoContainers));
    await until(engine, 'web', isReady);
    if (!done.has('crashed')) {
      done.add('crashed');
      bench.world.running('one')?.end({ kind: 'exited', status: 3 });
    }
    await until(engine, 'web', (pod) => {
      const one = pod?.status?.containerStatuses?.find(({ name }) => name === 'one');
      return isReady(pod) && one?.restartCount === 1 && one.lastState?.terminated?.exitCode === 3;
    });
    done.add('deleting');
    await engine.delete('web');
  }
  await until(engine, 'web', isGone);
}

function endSetupAtOnce(bench: Bench): void {
  bench.world.programs.onStart = (container) => {
    if (container.spec.name === 'setup') container.end({ kind: 'exited', status: 0 });
  };
}

async function dieAtStep(step: number): Promise<{ died: boolean; problems: string[] }> {
  const bench = await Bench.create();
  endSetupAtOnce(bench);
  const life = new Life(step);
  const done = new Set<string>();
  const ending = new AbortController();
  const first = (async () => liveThrough(bench, await bench.open(life), done))();
  const died = (await Promise.race([first.then(() => 'lived'), life.death])) === 'dead';
  // Other than a process's, this engine's pending file operations go on: let them come to their end.
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  const second = await bench.open();
  const hang = setTimeout(10_000, 'hangs' as const, { ref: true, signal: ending.signal }).catch(
    () => 'lived' as const,
  );
  const outcome = died ? await Promise.race([liveThrough(bench, second, done), hang]) : undefined;
  ending.abort();
  const problems = [...bench.world.breaches, ...bench.warnings, ...(await bench.leftovers())];
  if (outcome === 'hangs') problems.push(`hangs: ${JSON.stringify(await second.list())}`);
  const expected = ['one-0', 'one-1', 'setup-0', 'two-0'];
  const started = [...bench.world.started].sort();
  if (started.join() !== expected.join()) problems.push(`started ${started.join()}`);
  await second.close();
  await bench.remove();
  return { died, problems };
}

t.test('an engine killed at any step loses nothing and starts nothing twice', async (t) => {
  let step = 1;
  for (; ; step++) {
    const { died, problems } = await dieAtStep(step);
    if (problems.length > 0) t.same(problems, [], `died at step ${step}`);
    if (!died) break;
  }
  t.ok(step > 40, `${step - 1} steps`);
});

t.test('an exit while no engine was there counts, with its status', async (t) => {
  const bench = await Bench.create();
  const life = new Life();
  await until(await openWithPod(bench, life), 'web', isReady);
  life.kill();
  bench.world.running('main')?.end({ kind: 'signaled', signal: 11 });
  const engine = await bench.open();
  const pod = await until(
    engine,
    'web',
    (pod) => isReady(pod) && pod?.status?.containerStatuses?.[0]?.restartCount === 1,
  );
  t.match(pod?.status?.containerStatuses?.[0]?.lastState, { terminated: { exitCode: 139 } });
  t.same(bench.world.breaches, []);
  await engine.close();
  await bench.remove();
});

t.test('a run of which nothing is left ended with an unknown status', async (t) => {
  const bench = await Bench.create();
  const life = new Life();
  await until(await openWithPod(bench, life), 'web', isReady);
  life.kill();
  bench.world.containers.clear();
  const engine = await bench.open();
  const pod = await until(
    engine,
    'web',
    (pod) => isReady(pod) && pod?.status?.containerStatuses?.[0]?.restartCount === 1,
  );
  t.match(pod?.status?.containerStatuses?.[0]?.lastState, {
    terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' },
  });
  await engine.close();
  await bench.remove();
});

t.test('after a reboot pods are started again and restart counts go on', async (t) => {
  const bench = await Bench.create();
  const engine = await openWithPod(bench, new Life());
  await until(engine, 'web', isReady);
  bench.world.running('main')?.end({ kind: 'exited', status: 1 });
  await until(
    engine,
    'web',
    (pod) => isReady(pod) && pod?.status?.containerStatuses?.[0]?.restartCount === 1,
  );
  // What an fsync has not seen is lost too.
  await engine.close();
  await rm(bench.paths.podFacts, { recursive: true });
  bench.world.reboot();
  bench.bootId = 'boot-2';
  const after = await bench.open();
  const pod = await until(after, 'web', (pod) => isReady(pod));
  t.match(pod?.status?.containerStatuses?.[0], {
    restartCount: 1,
    lastState: { terminated: { exitCode: 1 } },
  });
  await after.close();
  bench.world.reboot();
  bench.bootId = 'boot-3';
  const stale = await bench.open();
  const again = await until(stale, 'web', (pod) => isReady(pod));
  t.ok(
    (again?.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 1,
    'facts of another boot are not believed',
  );
  await stale.delete('web');
  await until(stale, 'web', isGone);
  t.same(await bench.leftovers(), []);
  t.same(bench.world.breaches, []);
  await stale.close();
  await bench.remove();
});

t.test('a grace period under way is not begun anew by the next engine', async (t) => {
  const bench = await Bench.create();
  bench.world.programs.obeysStop = () => false;
  const life = new Life();
  const engine = await openWithPod(bench, life);
  await until(engine, 'web', isReady);
  await engine.delete('web');
  await bench.untilTimer();
  life.kill();
  await new Promise(setImmediate);
  bench.clock.advance(29_000);
  const next = await bench.open();
  await bench.untilTimer();
  bench.clock.advance(1_000);
  await until(next, 'web', isGone);
  t.same(await bench.leftovers(), []);
  await next.close();
  await bench.remove();
});

t.test('whatever a record is damaged to, the other pods are untouched and it is put aside', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
  for (const name of ['good', 'bad']) await engine.apply(podOf(name));
  for (const name of ['good', 'bad']) await until(engine, name, isReady);
  const uidOf = async (name: string) => (await engine.get(name)).metadata?.uid ?? '';
  const good = podDirectory(bench.paths, await uidOf('good'));
  const bad = podDirectory(bench.paths, await uidOf('bad'));
  await engine.close();
  const whole = await readFile(join(bad, 'pod.json'));
  for (const [what, damage] of damages(whole, await readFile(join(good, 'pod.json')))) {
    for (const name of await readdir(bad)) await rm(join(bad, name), { recursive: true });
    if (damage === undefined) await mkdir(join(bad, 'pod.json'));
    else await writeFile(join(bad, 'pod.json'), damage);
    bench.warnings.length = 0;
    const opened = await bench.open();
    const names = (await opened.list()).map(({ metadata }) => metadata?.name);
    if (names.join() !== 'good' || bench.warnings.length !== 1) {
      t.fail(`${what}: ${names.join()}, ${bench.warnings.length} warnings`);
    }
    await opened.close();
  }
  t.match(await readdir(bad), [/^pod\.json\.corrupt-/]);
  t.same(
    bench.world.started.filter((run) => run !== 'main-0'),
    [],
    'the good pod was never started again',
  );
  await bench.remove();
});

/** Name and content of what may become of a record; undefined is a directory in its place. */
function* damages(whole: Buffer, other: Buffer): Generator<[string, Buffer | undefined]> {
  yield ['a directory', undefined];
  yield ['the record of another pod', other];
  yield ['empty', Buffer.alloc(0)];
  yield ['an old version', Buffer.from(whole.toString().replace('"version":1', '"version":0'))];
  for (let size = 64; size < whole.length - 1; size += 64) yield [`cut to ${size}`, whole.subarray(0, size)];
  for (let start = 0; start < whole.length - 64; start += 64) {
    yield [`zeros from ${start}`, Buffer.from(whole).fill(0, start, start + 64)];
  }
  for (let bit = 0; bit < (whole.length - 2) * 8; bit += 101) {
    const flipped = Buffer.from(whole);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield [`bit ${bit}`, flipped];
  }
}

t.test('a half-made pod directory is cleared away', async (t) => {
  const bench = await Bench.create();
  await mkdir(join(bench.paths.pods, 'no-record', 'volumes'), { recursive: true });
  await writeFile(join(bench.paths.pods, 'no-record', 'pod.json.tmp'), '{');
  const engine = await bench.open();
  t.same(await bench.leftovers(), []);
  await engine.close();
  await bench.remove();
});

async function openWithPod(bench: Bench, life: Life): Promise<PodEngine> {
  const engine = await bench.open(life);
  await engine.apply(podOf('web'));
  return engine;
}
