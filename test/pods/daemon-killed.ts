import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from 'kubernetes-types/core/v1.js';
import t, { type Test } from 'tap';
import { listProcesses } from '../processes.js';
import { daemonsOf, endDaemons } from './fixtures/daemon.js';
import { Follower } from './fixtures/follow.js';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { containerStatus } from './fixtures/status.js';
import { until } from './fixtures/until.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

const count = 'i=0; while true; do i=$((i+1)); echo line $i; usleep 10000; done';
const exitWhenTold = 'until [ -e /told/go ]; do usleep 50000; done; echo going; exit 7';

/** A counter, and a container that ends with 7 as soon as there is a file `go` in the host's directory. */
function podToldBy(directory: string) {
  const volumeMounts = [{ name: 'told', mountPath: '/told' }];
  const containers: Container[] = [
    script(count, { name: 'counter' }),
    script(exitWhenTold, { name: 'exiter', volumeMounts }),
  ];
  return pod('web', containers, {
    restartPolicy: 'Never',
    volumes: [{ name: 'told', hostPath: { path: directory, type: 'Directory' } }],
  });
}

t.test('a daemon killed while a pod runs is missed by nobody', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const told = join(peapod.root, 'told');
    mkdirSync(told);
    await peapod.apply(podToldBy(told));
    const [first] = daemonsOf(peapod.root);
    const startOfCounter = 'cut -d" " -f22 /proc/1/stat';
    const startedAt = await peapod.shell('web/counter', startOfCounter);
    const follower = new Follower(peapod.start(['logs', 'web', '-c', 'counter', '-f']));
    await follower.sees(/line 2\n/);

    await endDaemons(peapod.root, 'SIGKILL');
    t.equal((await follower.process).exitCode, 1, 'who was following is told');
    const exiters = () => listProcesses().filter((entry) => entry.cgroup.endsWith('/exiter-0'));
    t.equal(exiters().length > 0, true, 'the containers run on');
    writeFileSync(join(told, 'go'), '');
    await until('the container has ended', () => exiters().length === 0);
    await sleep(300);
    t.same(daemonsOf(peapod.root), [], 'all this without a daemon');

    await peapod.ok(
      'wait',
      '--for=jsonpath={.status.containerStatuses[1].state.terminated.exitCode}=7',
      'web',
    );
    t.not(daemonsOf(peapod.root)[0], first, 'the next command started another');
    await worksAsBefore(t, peapod);
    t.equal(await peapod.shell('web/counter', startOfCounter), startedAt, 'the counter is the same process');
    await hasNoGap(t, peapod);
    await peapod.ok('delete', 'pod', 'web');
    t.equal(await peapod.ok('get', 'pods', '-o', 'name'), '');
  });
});

async function worksAsBefore(t: Test, peapod: Peapod): Promise<void> {
  const found = await peapod.get('web');
  t.match(containerStatus(found, 'exiter'), {
    restartCount: 0,
    state: { terminated: { exitCode: 7, reason: 'Error' } },
  });
  t.match(containerStatus(found, 'counter'), { ready: true, restartCount: 0 });
  t.match(await peapod.ok('get', 'pods'), /web +1\/2 +Error/);
  t.equal(await peapod.ok('logs', 'web', '-c', 'exiter'), 'going');
  t.equal((await peapod.run(['exec', 'web', '-c', 'counter', '--', 'sh', '-c', 'exit 9'])).status, 9);
  const follower = new Follower(peapod.start(['logs', 'web', '-c', 'counter', '-f', '--tail', '1']));
  await follower.sees(/(line.*\n){5}/);
  await follower.interrupt();
}

async function hasNoGap(t: Test, peapod: Peapod): Promise<void> {
  const lines = (await peapod.ok('logs', 'web', '-c', 'counter')).split('\n');
  const wanted = lines.map((_, index) => `line ${index + 1}`);
  t.same(lines, wanted, 'the log has every line, those of the time without a daemon included');
}

t.test('a pod that ends and a pod to be deleted while there is no daemon', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    await peapod.apply(
      pod('slow', [script('trap "" TERM; sleep 1000')], { terminationGracePeriodSeconds: 2 }),
    );
    await peapod.apply(pod('restarted', [script(idle)]));
    await peapod.ok('delete', 'pod', 'slow', '--wait=false');
    await endDaemons(peapod.root, 'SIGKILL');
    await peapod.waitFor('slow', 'delete');
    t.pass('a deletion under way is brought to its end');
    // It may end with the container it ends, before it can say that it succeeded.
    await peapod.run(['exec', 'restarted', '--', 'sh', '-c', 'kill -TERM 1']);
    await peapod.ok('wait', '--for=jsonpath={.status.containerStatuses[0].restartCount}=1', 'restarted');
    t.pass('a container adopted is restarted like any other');
  });
});
