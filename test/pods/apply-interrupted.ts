import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { listProcesses } from '../processes.js';
import { daemonsOf, endDaemons } from './fixtures/daemon.js';
import { idle, pod, script } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { cgroupName, skip, withPeapod } from './fixtures/with-peapod.js';

const moments = 10;
const twoContainers = pod('web', [script(idle, { name: 'one' }), script(idle, { name: 'two' })], {
  shareProcessNamespace: true,
  volumes: [{ name: 'memory', emptyDir: { medium: 'Memory' } }],
});

t.test(
  'a daemon killed at any moment of an apply or a delete leaves a whole pod or none',
  { skip },
  async (t) => {
    await withPeapod(t, async (peapod) => {
      const begun = Date.now();
      await peapod.apply(twoContainers);
      const usualMs = Date.now() - begun;
      await peapod.ok('delete', 'web', '--force');
      let made = 0;
      for (let moment = 0; moment < moments; moment++) {
        const delayMs = Math.round(((moment + Math.random()) / moments) * usualMs);
        if (await interrupt(t, peapod, delayMs)) made++;
      }
      t.comment(`of ${moments} interrupted applies ${made} had made a pod`);
    });
  },
);

/** True when there was a pod. */
async function interrupt(t: Test, peapod: Peapod, delayMs: number): Promise<boolean> {
  // A daemon of its own is up already: what is interrupted is the apply.
  await peapod.ok('get', 'pods');
  const applied = peapod.start(['apply', '-f', '-'], { input: JSON.stringify(twoContainers) });
  await sleep(delayMs);
  await endDaemons(peapod.root, 'SIGKILL');
  // It may start the next daemon itself.
  await applied;
  const isThere = (await peapod.ok('get', 'pods', '-o', 'name')) === 'pod/web';
  if (isThere) {
    await peapod.waitFor('web', 'condition=Ready');
    t.same(runningIn(peapod), ['one', 'pause', 'two'], `each once, killed after ${delayMs} ms`);
    await interruptDelete(peapod, delayMs / 2);
  }
  t.same(runningIn(peapod), [], `nothing runs, killed after ${delayMs} ms`);
  t.equal(daemonsOf(peapod.root).length, 1);
  return isThere;
}

/** The deletion asked for is brought to its end by the next daemon; the one not yet asked for is asked for again. */
async function interruptDelete(peapod: Peapod, delayMs: number): Promise<void> {
  const deleted = peapod.start(['delete', 'web', '--wait=false']);
  await sleep(delayMs);
  await endDaemons(peapod.root, 'SIGKILL');
  await deleted;
  await peapod.ok('delete', 'web', '--ignore-not-found');
}

/** The container, or `pause`, of each process that was started as one: its parent is in another cgroup. */
function runningIn(peapod: Peapod): string[] {
  const top = `/${cgroupName(peapod.root)}/pod`;
  // A zombie waits for nobody but its reaper.
  const processes = listProcesses().filter(({ cgroup, state }) => cgroup.includes(top) && state !== 'Z');
  const cgroups = new Map(processes.map(({ pid, cgroup }) => [pid, cgroup]));
  const started = processes.filter(({ parent, cgroup }) => cgroups.get(parent) !== cgroup);
  return started.map(({ cgroup }) => cgroup.split('/').at(-1)?.replace(/-\d+$/, '') ?? '').sort();
}
