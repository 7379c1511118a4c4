import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Container } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { PeapodError } from '../../../../src/errors.js';
import { isGone, openBench, podOf, until } from './fixtures/bench.js';

const removed = { annotations: { 'peapod.dev/remove-when-done': 'true' } };

function runOf(name: string, container: Partial<Container> = {}, metadata: object = {}) {
  const containers = [{ name: 'main', image: 'app', ...container }];
  return podOf(name, { restartPolicy: 'Never', containers }, metadata);
}

function line(message: string, stream = 'stdout'): string {
  return `2024-01-01T00:00:00.000000000Z ${stream} F ${message}\n`;
}

t.test('run: all that a container wrote comes, although it ends at once and is removed', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.world.programs.onStart = async (container) => {
    await mkdir(container.spec.logDirectory, { recursive: true });
    await writeFile(join(container.spec.logDirectory, '0.log'), `${line('hi')}${line('oh', 'stderr')}`);
    container.end({ kind: 'exited', status: 3 });
  };
  const session = await engine.run(runOf('web', {}, removed));
  t.same(await Promise.all([text(session.stdout), session.stderr && text(session.stderr)]), ['hi\n', 'oh\n']);
  t.same(await session.exit, { kind: 'exited', status: 3 });
  t.same(await engine.list(), [], 'it is gone when its exit is told');
  t.same(await bench.leftovers(), []);
});

t.test('run: a pod that nobody reads any more is removed at its end, another one stays', async (t) => {
  const { bench, engine } = await openBench(t);
  const session = await engine.run(runOf('web', {}, removed));
  session.close();
  bench.world.running('main')?.end({ kind: 'exited', status: 0 });
  await until(engine, 'web', isGone);
  const other = await engine.run(runOf('other'));
  bench.world.running('main')?.end({ kind: 'exited', status: 0 });
  t.same(await other.exit, { kind: 'exited', status: 0 });
  await until(engine, 'other', (pod) => pod?.status?.phase === 'Succeeded');
});

t.test('run: with a terminal it is attached before it begins', async (t) => {
  const { bench, engine } = await openBench(t);
  const session = await engine.run(runOf('web', { tty: true, stdin: true }), { stdin: true });
  t.match(JSON.parse(await text(session.stdout)), { argv: ['/run'], terminal: true });
  t.ok(bench.world.running('main')?.spec.stdin);
});

t.test('run: what does not come to run leaves nothing, and tells why', async (t) => {
  const { bench, engine } = await openBench(t);
  const failure = new PeapodError('PEAPOD_LAUNCH_FAILED', 'no', { details: { errno: 2, op: 'exec' } });
  bench.world.programs.startError = () => failure;
  await t.rejects(engine.run(runOf('web')), failure);
  await until(engine, 'web', isGone);
  bench.world.programs.startError = () => undefined;
  bench.world.programs.sandboxError = () => new Error('no sandbox');
  await t.rejects(engine.run(runOf('web')), /no sandbox/);
  await until(engine, 'web', isGone);
  await t.rejects(engine.run(runOf('web', { image: 'missing' })), { code: 'PEAPOD_IMAGE_MISSING' });
  await t.rejects(engine.run(runOf('Not a name')), {
    code: 'PEAPOD_MANIFEST_INVALID',
  });
  t.same(await engine.list(), []);
  t.same(await bench.leftovers(), []);
});

t.test('run: an image that has a substitute is left to the pod to ask for', async (t) => {
  const { bench, engine } = await openBench(t);
  bench.images.isOnline = false;
  const session = await engine.run(runOf('web', { image: 'k8s.gcr.io/pause' }));
  t.same(bench.images.asked, ['pull k8s.gcr.io/pause']);
  bench.world.running('main')?.end({ kind: 'exited', status: 0 });
  t.same(await session.exit, { kind: 'exited', status: 0 });
});

t.test('run: a name is taken once, and one container is run', async (t) => {
  const { engine } = await openBench(t);
  await engine.run(runOf('web'));
  await t.rejects(engine.run(runOf('web')), { code: 'PEAPOD_CONFLICT' });
  const containers = ['a', 'b'].map((name) => ({ name, image: 'app' }));
  await t.rejects(engine.run(podOf('two', { containers })), { code: 'PEAPOD_USAGE' });
});

t.test('kill: sends a signal to a container that runs', async (t) => {
  const { engine } = await openBench(t);
  const session = await engine.run(runOf('web'));
  await engine.kill('web', { signal: 2 });
  t.same(await session.exit, { kind: 'signaled', signal: 2 });
  await until(engine, 'web', (pod) => pod?.status?.phase === 'Failed');
  await t.rejects(engine.kill('web', { signal: 2 }), { code: 'PEAPOD_CONTAINER_NOT_RUNNING' });
});
