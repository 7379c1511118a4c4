import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { isReady, openBench, podOf, until, waitingReason } from './fixtures/bench.js';

t.test('exec enters as the container, and 126 and 127 are exit codes', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podOf('web'));
  await until(engine, 'web', isReady);
  const session = await engine.exec('web', { command: ['ls'], env: ['A=2', 'B=3'], cwd: '/tmp', user: '9' });
  const process = JSON.parse(await text(session.stdout));
  t.match(process, { argv: ['ls'], cwd: '/tmp', user: { uid: 9 }, terminal: false });
  t.same(
    process.env.filter((entry: string) => /^[AB]=/.test(entry)),
    ['A=2', 'B=3'],
  );
  for (const [command, status] of [
    ['missing', 127],
    ['forbidden', 126],
    ['garbled', 126],
  ] as const) {
    const failed = await engine.exec('web', { command: [command] });
    t.same(await failed.exit, { kind: 'exited', status }, command);
    t.match(await text(failed.stderr as Readable), /Cannot execute/);
  }
  await t.rejects(
    engine.exec('web', { command: ['ls'], cwd: '/missing' }),
    { code: 'PEAPOD_LAUNCH_FAILED' },
    'a missing working directory is no missing command',
  );
  await t.rejects(engine.exec('web', { command: ['ls'], container: 'none' }), { code: 'PEAPOD_NOT_FOUND' });
  await t.rejects(engine.attach('web', { stdin: true }), { code: 'PEAPOD_USAGE' });
  bench.world.running('main')?.end({ kind: 'exited', status: 0 });
  bench.world.programs.onStart = (container) => container.end({ kind: 'exited', status: 0 });
  await until(engine, 'web', (pod) => waitingReason(pod) === 'CrashLoopBackOff');
  await t.rejects(engine.exec('web', { command: ['ls'] }), { code: 'PEAPOD_CONTAINER_NOT_RUNNING' });
});

t.test('the default-container annotation chooses the container of exec and logs', async (t) => {
  const { bench, engine } = await openBench(t);
  const containers = ['one', 'two'].map((name) => ({ name, image: 'app', command: [name] }));
  const annotations = { 'kubectl.kubernetes.io/default-container': 'two' };
  await engine.apply(podOf('web', { containers }, { annotations }));
  await until(engine, 'web', isReady);
  await writeFile(
    join(bench.world.running('two')?.spec.logDirectory ?? '', '0.log'),
    '2024-01-01T00:00:00Z stdout F two\n',
  );
  const lines: string[] = [];
  for await (const { data } of engine.logs('web')) lines.push(data.toString());
  t.same(lines, ['two\n']);
  await t.rejects(engine.logs('web', { previous: true })[Symbol.asyncIterator]().next(), {
    code: 'PEAPOD_NOT_FOUND',
  });
});
