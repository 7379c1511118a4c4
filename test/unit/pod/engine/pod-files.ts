import { writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { containerLogDirectory, terminationMessagePath } from '../../../../src/kernel/paths.js';
import { podNameOf } from '../../../../src/pod/pod-object.js';
import { isReady, openBench, podOf, until } from './fixtures/bench.js';

t.test('only the logs of the last two runs are kept', async (t) => {
  const { bench, engine } = await openBench(t);
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
});

t.test('a container gets its termination message into the status', async (t) => {
  const { bench, engine } = await openBench(t);
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
});

t.test(
  'the end of the log is the message where the manifest asks for it and the container failed',
  async (t) => {
    const { bench, engine } = await openBench(t);
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
  },
);

t.test('a pod gets its hostname, hosts and resolv.conf', async (t) => {
  const { bench, engine } = await openBench(t);
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
  t.match(hosts, /\n10\.85\.0\.2\tweb\n$/);
});
