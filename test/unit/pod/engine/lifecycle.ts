import { writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Pod } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { containerLogDirectory, terminationMessagePath } from '../../../../src/kernel/paths.js';
import { podNameOf } from '../../../../src/pod/pod-object.js';
import { Bench, isGone, isReady, podOf, until, waitingReason } from './fixtures/bench.js';

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

t.test('a pod comes up, is seen by a watcher, and leaves nothing when it is deleted', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
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
  await engine.close();
  await bench.remove();
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
  const bench = await Bench.create();
  const engine = await bench.open();
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
  await engine.close();
  await bench.remove();
});

t.test('only the logs of the last two runs are kept', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
  bench.world.programs.onStart = ({ spec }) =>
    writeFileSync(join(spec.logDirectory, `${spec.attempt}.log`), '');
  await engine.apply(podOf('web'));
  for (let attempt = 0; attempt < 4; attempt++) {
    const restarts = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0]?.restartCount;
    const pod = await until(engine, 'web', (pod) => restarts(pod) === attempt && isReady(pod));
    const directory = containerLogDirectory(bench.paths, podNameOf(pod ?? {}), 'main');
    const kept = attempt === 0 ? ['0.log'] : [`${attempt - 1}.log`, `${attempt}.log`];
    t.same((await readdir(directory)).sort(), kept);
    bench.world.running('main')?.end({ kind: 'signaled', signal: 9 });
    if (attempt > 0) await bench.nextTimer();
  }
  await engine.close();
  await bench.remove();
});

t.test('a container that cannot be started shows StartError 128 and why it waits', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
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
  await engine.close();
  await bench.remove();
});

t.test('a container waits for its image and starts as soon as it is imported', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
  await engine.apply(podOf('web', { containers: [{ name: 'main', image: 'nowhere' }] }));
  const pod = await until(engine, 'web', (pod) => waitingReason(pod) === 'ErrImagePull');
  t.match(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message, /peapod import/);
  await engine.importImage({ name: 'nowhere', path: '/' });
  await until(engine, 'web', isReady);
  const never = { name: 'main', image: 'unknown', imagePullPolicy: 'Never' } as const;
  await engine.apply(podOf('never', { containers: [never] }));
  await until(engine, 'never', (pod) => waitingReason(pod) === 'ErrImageNeverPull');
  const always = { name: 'main', image: 'app', imagePullPolicy: 'Always' } as const;
  await engine.apply(podOf('always', { containers: [always] }));
  await until(engine, 'always', (pod) => waitingReason(pod) === 'ErrImagePull');
  await engine.close();
  await bench.remove();
});

t.test('a pod whose host path is missing waits and tells of it', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
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
  await engine.close();
  await bench.remove();
});

t.test('a sandbox that cannot be made is tried again, and one that is lost is replaced', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
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
  await engine.close();
  await bench.remove();
});

t.test('a container gets its termination message into the status', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
  await engine.apply(podOf('job', { restartPolicy: 'Never' }));
  const pod = await until(engine, 'job', isReady);
  const path = terminationMessagePath(bench.paths, pod?.metadata?.uid ?? '', 'main', 0);
  await writeFile(path, `${'x'.repeat(5000)}the end`);
  bench.world.running('main')?.end({ kind: 'exited', status: 3 });
  const ended = await until(engine, 'job', (pod) => pod?.status?.phase === 'Failed');
  const message = ended?.status?.containerStatuses?.[0]?.state?.terminated?.message;
  t.equal(message?.length, 4096);
  t.match(message, /the end$/);
  t.equal(bench.world.sandboxes.size, 0);
  await engine.close();
  await bench.remove();
});

t.test(
  'the end of the log is the message where the manifest asks for it and the container failed',
  async (t) => {
    const bench = await Bench.create();
    const engine = await bench.open();
    const container = {
      name: 'main',
      image: 'app',
      terminationMessagePolicy: 'FallbackToLogsOnError',
    } as const;
    await engine.apply(podOf('job', { restartPolicy: 'Never', containers: [container] }));
    await until(engine, 'job', isReady);
    const { spec, end } = { spec: bench.world.running('main')?.spec, end: bench.world.running('main') };
    const lines = Array.from({ length: 90 }, (_, n) => `2024-01-01T00:00:00Z stderr F line ${n}\n`);
    await writeFile(join(spec?.logDirectory ?? '', '0.log'), lines.join(''));
    end?.end({ kind: 'exited', status: 1 });
    const ended = await until(engine, 'job', (pod) => pod?.status?.phase === 'Failed');
    const message = ended?.status?.containerStatuses?.[0]?.state?.terminated?.message ?? '';
    t.match(message, /^line 10\n/);
    t.match(message, /line 89\n$/);
    await engine.close();
    await bench.remove();
  },
);

t.test('exec enters as the container, and 126 and 127 are exit codes', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
  await engine.apply(podOf('web'));
  await until(engine, 'web', isReady);
  const session = await engine.exec('web', { command: ['ls'], env: ['A=2', 'B=3'], cwd: '/tmp', user: '9' });
  const process = JSON.parse(await readAll(session.stdout));
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
    t.match(await readAll(failed.stderr as Readable), /Cannot execute/);
  }
  await t.rejects(engine.exec('web', { command: ['ls'], container: 'none' }), { code: 'PEAPOD_NOT_FOUND' });
  await t.rejects(engine.attach('web', { stdin: true }), { code: 'PEAPOD_USAGE' });
  bench.world.running('main')?.end({ kind: 'exited', status: 0 });
  bench.world.programs.onStart = (container) => container.end({ kind: 'exited', status: 0 });
  await until(engine, 'web', (pod) => waitingReason(pod) === 'CrashLoopBackOff');
  await t.rejects(engine.exec('web', { command: ['ls'] }), { code: 'PEAPOD_CONTAINER_NOT_RUNNING' });
  await engine.close();
  await bench.remove();
});

t.test('the default-container annotation chooses the container of exec and logs', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
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
  await engine.close();
  await bench.remove();
});

t.test('a container that ignores its stop signal is killed when the grace is over', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
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
  await engine.close();
  await bench.remove();
});

t.test('force cuts a deletion under way short', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
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
  await engine.close();
  await bench.remove();
});

t.test('applying again changes what may be changed of a living pod and refuses the rest', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
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
  await engine.close();
  await bench.remove();
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

t.test('a pod gets its hostname, hosts and resolv.conf', async (t) => {
  const bench = await Bench.create();
  const engine = await bench.open();
  await engine.apply(podOf('web'));
  await until(engine, 'web', isReady);
  const { mounts = [] } = bench.world.running('main')?.spec ?? {};
  const read = (target: string) => {
    const source = mounts.find((mount) => mount.target === target)?.source;
    return readFile(source?.kind === 'host' ? source.path : '', 'utf8');
  };
  t.equal(await read('/etc/hostname'), 'web\n');
  const hosts = await read('/etc/hosts');
  t.match(hosts, /^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/);
  t.match(hosts, /\n127\.0\.0\.1\tweb\n::1\tweb\n$/);
  await engine.close();
  await bench.remove();
});
