import { mkdir, rm, writeFile } from 'node:fs/promises';
import t from 'tap';
import { podColumns } from '../../../../src/pod/column.js';
import { Bench, isGone, isReady, openBench, podOf, until } from './fixtures/bench.js';

t.test('a pod without containers runs while its sandbox does, and is deleted as any other', async (t) => {
  const { bench, engine } = await openBench(t);
  const ports = [{ protocol: 'TCP', hostPort: 8080, containerPort: 80 }] as const;
  const created = await engine.createPod({
    name: 'web',
    labels: { app: 'web' },
    share: ['net', 'ipc', 'uts', 'pid'],
    ports,
  });
  t.match(created, {
    metadata: { name: 'web', namespace: 'default', labels: { app: 'web' }, uid: /^[0-9a-f-]{36}$/ },
    spec: { containers: [], shareProcessNamespace: true, restartPolicy: 'Always' },
    status: { phase: 'Pending' },
  });
  const pod = await until(engine, 'web', isReady);
  t.match(pod?.status, { phase: 'Running', podIP: '10.85.0.2', containerStatuses: [] });
  t.match(podColumns(pod ?? {}, Date.now()), { ready: '0/0', status: 'Running', restarts: '0' });
  const sandbox = bench.world.sandboxes.get(pod?.metadata?.uid ?? '');
  t.same(sandbox?.ports, ports);
  t.equal(sandbox?.spec.pid, 'pod');

  sandbox?.ended.set(true);
  const sandboxNow = () => bench.world.sandboxes.get(pod?.metadata?.uid ?? '');
  while ([undefined, sandbox].includes(sandboxNow())) await new Promise(setImmediate);
  await until(engine, 'web', isReady);
  t.same(sandboxNow()?.ports, ports);
  t.match(await engine.events('web'), [{ reason: 'SandboxChanged' }]);

  await t.rejects(engine.exec('web', { command: ['sh'] }), {
    code: 'PEAPOD_NOT_FOUND',
    message: 'Pod "web" has no containers',
  });
  await engine.delete('web');
  await until(engine, 'web', isGone);
  t.same(await bench.leftovers(), []);
  t.same(bench.world.breaches, []);
});

t.test('it is adopted by the next engine, and made anew after a reboot', async (t) => {
  const bench = await Bench.create();
  const first = await bench.open();
  await first.createPod({ name: 'web' });
  await until(first, 'web', isReady);
  await first.close();
  const second = await bench.open();
  t.ok(isReady(await second.get('web')));
  await second.close();
  bench.world.reboot();
  bench.bootId = 'boot-2';
  const third = await bench.open();
  await until(third, 'web', isReady);
  t.equal(bench.world.sandboxes.size, 1);
  await third.close();
  await bench.remove();
});

t.test('what is wrong is refused at once, and leaves nothing', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(
    podOf('web', {
      containers: [{ name: 'main', image: 'app', ports: [{ containerPort: 80, hostPort: 80 }] }],
    }),
  );
  await until(engine, 'web', isReady);
  const port = (hostPort: number) => ({ protocol: 'TCP', hostPort, containerPort: 80 }) as const;
  await t.rejects(engine.createPod({ name: 'web' }), {
    code: 'PEAPOD_CONFLICT',
    message: /there is one already/,
  });
  await t.rejects(engine.createPod({ name: 'late', ports: [port(80)] }), {
    code: 'PEAPOD_PORT_TAKEN',
    message: 'Cannot publish port 80/TCP of the host: pod "web" has it',
  });
  await t.rejects(engine.createPod({ name: 'late', ports: [port(90), { ...port(90), hostIP: '::1' }] }), {
    code: 'PEAPOD_CONFLICT',
  });
  await t.rejects(engine.createPod({ name: 'late', network: 'host', ports: [port(90)] }), {
    code: 'PEAPOD_USAGE',
  });
  await t.rejects(engine.createPod({ name: 'Late' }), {
    code: 'PEAPOD_MANIFEST_INVALID',
    details: { source: 'pod create', problems: [{ path: 'metadata.name' }] },
  });
  for (const options of [{ labels: { 'a b': 'c' } }, { hostname: 'a.b' }, { network: 'ns:relative' }]) {
    await t.rejects(engine.createPod({ name: 'late', ...options }), { code: 'PEAPOD_MANIFEST_INVALID' });
  }
  await rm(bench.paths.pods, { recursive: true });
  await writeFile(bench.paths.pods, '');
  await t.rejects(engine.createPod({ name: 'late', ports: [port(90)] }), { code: 'ENOTDIR' });
  t.same(
    (await engine.list()).map(({ metadata }) => metadata?.name),
    ['web'],
  );
  await rm(bench.paths.pods);
  await mkdir(bench.paths.pods);
  await engine.createPod({ name: 'other', ports: [port(90)] });
  await until(engine, 'other', isReady);
});

t.test('a manifest cannot do without containers, nor make such a pod another one', async (t) => {
  const { engine } = await openBench(t);
  await t.rejects(engine.apply(podOf('web', { containers: [] })), { code: 'PEAPOD_MANIFEST_INVALID' });
  await engine.createPod({ name: 'web' });
  await t.rejects(engine.apply(podOf('web')), { code: 'PEAPOD_CONFLICT', message: /spec\.containers/ });
});

t.test('inspect: the pod, its ports, its sandbox and what runs', async (t) => {
  const { bench, engine } = await openBench(t);
  await engine.apply(podOf('web'));
  const pod = await until(engine, 'web', isReady);
  const uid = pod?.metadata?.uid ?? '';
  t.match(await engine.inspect('web'), {
    pod: { metadata: { name: 'web' }, status: { phase: 'Running' } },
    ports: [],
    sandbox: { pid: 1, cgroup: `pod${uid}`, network: { mode: 'private' } },
    dns: { nameservers: [], searches: [], options: [] },
    containers: [
      { name: 'main', attempt: 0, cgroup: 'main', log: new RegExp(`default_web_${uid}/main/0\\.log$`) },
    ],
  });
  for (const code of ['ENOENT', 'ESRCH']) {
    bench.world.programs.inspectError = () => Object.assign(new Error(code), { code });
    t.notOk('sandbox' in (await engine.inspect('web')), 'pause has ended, and we were not told yet');
  }
  bench.world.programs.inspectError = () => new Error('unheard of');
  await t.rejects(engine.inspect('web'), { message: 'unheard of' });
  bench.world.programs.sandboxError = () => new Error('no room');
  await engine.createPod({ name: 'waiting' });
  const waiting = await engine.inspect('waiting');
  t.notOk('sandbox' in waiting);
  await t.rejects(engine.inspect('nope'), { code: 'PEAPOD_NOT_FOUND' });
});
