import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { projectRoot } from './fixtures/project.js';
import { containerStatus } from './fixtures/status.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

const name = 'nginx-busybox';
const inBusybox = `${name}/busybox`;

/** The articles' pod, with a busybox that counts: what it has done so far tells whether it was disturbed. */
function countingPod() {
  const pod = parse(readFileSync(join(projectRoot, 'examples/nginx-busybox-pod.yaml'), 'utf8'));
  pod.spec.containers[1].args = ['-c', 'i=0; while true; do i=$((i+1)); echo $i; usleep 20000; done'];
  return pod;
}

const whoCounts = "ps | awk '/[u]sleep 20000; done/ {print $1; exit}'";

t.test('nginx killed: its neighbour does not notice, and the status tells the story', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    await peapod.apply(countingPod());
    const before = await peapod.get(name);
    const counter = await peapod.shell(inBusybox, whoCounts);
    t.match(counter, /^\d+$/);

    await peapod.shell(inBusybox, "kill -9 $(ps | awk '/[n]ginx: master/ {print $1}')");
    await peapod.ok('wait', '--for=jsonpath={.status.containerStatuses[0].restartCount}=1', name);
    await peapod.waitFor(name, 'condition=Ready');

    t.equal(await peapod.shell(inBusybox, whoCounts), counter, 'the neighbour has the PID it had');
    const after = await peapod.get(name);
    t.same(containerStatus(after, 'busybox'), containerStatus(before, 'busybox'), 'and its status');
    const counts = (await peapod.ok('logs', name, '-c', 'busybox')).split('\n').map(Number);
    t.same(
      counts,
      counts.map((_, index) => index + 1),
      'and has counted on',
    );

    const { restartCount, state, lastState, ready } = containerStatus(after, 'nginx');
    t.same([restartCount, ready], [1, true]);
    t.match(lastState?.terminated, { exitCode: 137, reason: 'Error' });
    t.ok(state?.running?.startedAt, 'and runs again');
    t.equal(
      await peapod.shell(inBusybox, 'curl -so /dev/null -w "%{http_code}" localhost'),
      '403',
      'and serves the volume',
    );
    await tellsTheStory(t, await peapod.ok('describe', 'pod', name));
    t.match(await peapod.ok('get', 'pods'), /nginx-busybox +2\/2 +Running +1 \(\d+s ago\)/);
  });
});

async function tellsTheStory(t: Test, text: string): Promise<void> {
  const ofNginx = text.slice(text.indexOf('  nginx:'), text.indexOf('  busybox:'));
  t.match(ofNginx, /Last State: +Terminated\n +Reason: +Error\n +Exit Code: +137/);
  t.match(ofNginx, /Restart Count: +1/);
  t.match(text, /Normal +Started +\S+ +\(x2 over \S+\) +peapod, nginx +Started container nginx/);
}
