import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { adoptContainer } from '../../src/container/adopt.js';
import { type Host, monitorCgroup, openHost } from '../../src/kernel/host.js';
import { buildPaths } from '../../src/kernel/paths.js';
import { removeLeftovers } from '../../src/pod/leftovers.js';
import { requires, scratchDirectory } from '../scratch.js';
import { bundleFixture } from './fixtures/bundle.js';
import { shell, type TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');
const forever = shell('sleep 1000');
const patienceMs = 60_000;

function monitors(host: Host): string[] {
  const entries = readdirSync(join(host.cgroup, 'monitors'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function pidsOf(host: Host, monitor: string): number[] {
  const text = readFileSync(join(monitorCgroup(host, monitor), 'cgroup.procs'), 'utf8');
  return text.split('\n').filter(Boolean).map(Number);
}

/** Waits for the one that no container has; its name, once it is up. */
async function spareBeside(pod: TestPod): Promise<string> {
  const used = pod.containers.map(({ record }) => record.monitor);
  for (;;) {
    const spare = monitors(pod.host).find((name) => !used.includes(name));
    if (spare !== undefined && pidsOf(pod.host, spare).some((pid) => commOf(pid) === 'peapod:monitor'))
      return spare;
    await sleep(10);
  }
}

function commOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

/** All that must not depend on when a monitor was made. */
function describeMonitor(host: Host, name: string): unknown {
  const [pid = 0] = pidsOf(host, name);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const wanted = /^(Uid|Gid|Groups|Umask|Sig(?:Blk|Ign|Cgt)|Cap\w+|NoNewPrivs|Threads):.*$/gm;
  const namespaces = ['mnt', 'net', 'ipc', 'uts', 'pid', 'cgroup', 'user'];
  return {
    comm: commOf(pid),
    status: status.match(wanted),
    // A process that may not be dumped has /proc files of nobody but root; its own are told by memory's absence.
    oom: readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'),
    owner: statSync(`/proc/${pid}/fd`).uid,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    namespaces: namespaces.map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`)),
  };
}

function titleOf(host: Host, name: string): string {
  return readFileSync(`/proc/${pidsOf(host, name)[0]}/cmdline`, 'utf8')
    .replace(/\0+/g, ' ')
    .trim();
}

t.test('a monitor made ahead is used once, and is then as any other', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const { record: first } = await pod.start('first', forever);
    const spare = await spareBeside(pod);
    t.equal(titleOf(pod.host, spare), 'peapod-monitor', 'it has no name yet');
    const [pid] = pidsOf(pod.host, spare);
    const { record: second } = await pod.start('second', forever);
    t.equal(second.monitor, spare, 'the next container has it');
    // What it does last, we have not waited for.
    await sleep(100);
    t.same(pidsOf(pod.host, spare), [pid], 'as it was made');
    t.equal(titleOf(pod.host, spare), 'peapod-monitor second');
    t.same(
      describeMonitor(pod.host, spare),
      describeMonitor(pod.host, first.monitor),
      'it is like one made in time',
    );
    const next = await spareBeside(pod);
    t.notOk([first.monitor, second.monitor].includes(next), 'and the one after that is another');
    t.equal(monitors(pod.host).length, 3);
  });
});

t.test('a monitor made ahead that is killed is missed by nobody', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    await pod.start('first', forever);
    const spare = await spareBeside(pod);
    for (const pid of pidsOf(pod.host, spare)) process.kill(pid, 'SIGKILL');
    while (monitors(pod.host).includes(spare)) await sleep(10);
    const { record } = await pod.start('second', forever);
    t.not(record.monitor, spare);
    await pod.monitors.discard();
    t.same(monitors(pod.host).length, 2, 'one that is not needed any more is gone when it is said to be');
  });
});

t.test('starts in a row have monitors of their own', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const names = ['a', 'b', 'c', 'd'];
    const runs = await Promise.all(names.map((name) => pod.start(name, forever)));
    t.equal(new Set(runs.map(({ record }) => record.monitor)).size, names.length);
  });
});

t.test('a monitor made ahead ends with an engine that is killed', { skip }, async (t) => {
  const directory = scratchDirectory(t);
  const script = await bundleFixture('killed-with-spare', directory);
  const root = join(directory, 'root');
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout } = spawnSync(process.execPath, [script, root], {
    env,
    encoding: 'utf8',
    timeout: patienceMs,
  });
  const { podUid, monitor } = JSON.parse(stdout);
  const host = openHost(buildPaths(root));
  const spare = monitors(host).find((name) => name !== monitor) ?? '';
  while (pidsOf(host, spare).length > 0) await sleep(10);
  t.equal(pidsOf(host, monitor).length, 1, "the container's runs on");
  const run = { name: 'web', attempt: 0 };
  await removeLeftovers(host, [{ podUid, containers: [run] }]);
  t.same(monitors(host), [monitor], 'what is left of the other goes with the next engine');
  const container = await adoptContainer(host, { podUid, ...run });
  t.equal(container?.hasEnded, false);
  await container?.remove();
  await removeLeftovers(host, []);
  host.close();
});
