import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Cgroup, findCgroupMount } from '../../../src/kernel/cgroup.js';
import { removeCgroup } from '../../../src/kernel/cgroup-remove.js';
import { freeze, thaw, whenEmpty } from '../../../src/kernel/cgroup-wait.js';
import { readMountinfo } from '../../../src/kernel/mountinfo.js';
import { waitForExit } from '../../../src/kernel/pidfd.js';
import { encodePlan } from '../../../src/kernel/plan/encode.js';
import { binding } from '../../../src/native/binding.js';
import { withLeakCheck } from '../../leaks.js';
import { requires } from '../../scratch.js';
import { tinyPlan } from '../../tiny-plan.js';

const native = binding();
const name = `peapod-test-cgroup-${process.pid}`;
const top = join(findCgroupMount(readMountinfo()) ?? '/', name);
const skip = requires('root', 'cgroup2');

async function startSleep(cgroup: Cgroup, seconds = '60') {
  const plan = tinyPlan({ command: ['/bin/sleep', seconds], inputs: ['cgroup'], cgroup: 'cgroup' });
  return await native.launch(encodePlan(plan), [cgroup.fd], { trace: false });
}

t.test('cgroup: made, used and removed, with what was made below it', { skip }, async (t) => {
  await withLeakCheck(
    t,
    async () => {
      const cgroup = Cgroup.create(join(top, 'pod', 'web'));
      mkdirSync(join(cgroup.path, 'nested', 'deeper'), { recursive: true });
      t.same(cgroup.children(), ['nested']);
      t.same(cgroup.processes(), []);
      t.throws(() => cgroup.read('cgroup.nothing'), { code: 'ENOENT' });
      cgroup.write('cgroup.max.depth', '3');
      t.equal(cgroup.read('cgroup.max.depth'), '3');
      cgroup.close();
      await removeCgroup(top, 1000);
      await removeCgroup(top, 0);
    },
    { cgroups: [name] },
  );
});

t.test('cgroup: kill ends all below, and being empty is seen without asking', { skip }, async (t) => {
  const cgroup = Cgroup.create(join(top, 'pod'));
  const below = Cgroup.create(join(top, 'pod', 'web'));
  t.teardown(() => removeCgroup(top, 1000));
  const children = [await startSleep(below), await startSleep(below)];
  t.same(below.processes().sort(), children.map(({ pid }) => pid).sort());
  t.equal(await whenEmpty(cgroup, 20), false, 'two processes live in it');
  await t.rejects(removeCgroup(top, 20), { code: 'EBUSY' });
  const empty = whenEmpty(cgroup, 5000);
  cgroup.kill();
  t.equal(await empty, true);
  for (const { pidfd } of children) {
    t.same(await waitForExit(pidfd), { kind: 'signaled', signal: 9 });
    native.close(pidfd);
  }
  for (const each of [cgroup, below]) each.close();
});

t.test('cgroup: removal waits for processes that are about to end', { skip }, async (t) => {
  const cgroup = Cgroup.create(top);
  const { pidfd } = await startSleep(cgroup, '0.05');
  await removeCgroup(top, 5000);
  t.equal(await whenEmpty(cgroup, 0), true, 'nothing lives in what is gone');
  await waitForExit(pidfd);
  native.close(pidfd);
  cgroup.close();
});

t.test('cgroup: whoever waits for one that is removed is answered', { skip }, async (t) => {
  // Within 10 ms of the change before, the kernel puts off telling of the next one: in most rounds it never does.
  for (let round = 0; round < 5; round++) {
    const cgroup = Cgroup.create(top);
    const { pidfd } = await startSleep(cgroup);
    const empty = whenEmpty(cgroup, 10_000);
    cgroup.kill();
    await waitForExit(pidfd);
    await removeCgroup(top, 1000);
    const before = performance.now();
    t.equal(await empty, true);
    t.ok(performance.now() - before < 5000);
    await t.rejects(thaw(cgroup, 0), { code: 'ENOENT' });
    native.close(pidfd);
    cgroup.close();
  }
});

t.test('cgroup: frozen processes do not run, and can still be killed', { skip }, async (t) => {
  const cgroup = Cgroup.create(top);
  t.teardown(() => removeCgroup(top, 1000));
  const { pidfd } = await startSleep(cgroup, '0.6');
  t.equal(await freeze(cgroup, 1000), true);
  await sleep(800);
  t.equal(native.pidfdWait(pidfd), null, 'it should have ended by now');
  t.equal(await thaw(cgroup, 1000), true);
  t.same(await waitForExit(pidfd), { kind: 'exited', status: 0 });
  native.close(pidfd);
  const second = await startSleep(cgroup);
  await freeze(cgroup, 1000);
  cgroup.kill();
  t.same(await waitForExit(second.pidfd), { kind: 'signaled', signal: 9 });
  native.close(second.pidfd);
  cgroup.close();
});
