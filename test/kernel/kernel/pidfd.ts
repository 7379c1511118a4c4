import { readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { openProcess, pidOf, signalProcess, waitForExit, watchEnd } from '../../../src/kernel/pidfd.js';
import { encodePlan } from '../../../src/kernel/plan/encode.js';
import { identifyProcess, type ProcessIdentity } from '../../../src/kernel/process.js';
import { binding } from '../../../src/native/binding.js';
import { withLeakCheck } from '../../leaks.js';
import { tinyPlan } from '../../tiny-plan.js';

const native = binding();

function sleeper() {
  return native.launch(encodePlan(tinyPlan({ command: ['/bin/sleep', '60'] })), [], { trace: false });
}

const { pidfd: warmUp } = await sleeper();
signalProcess(warmUp, 9);
await waitForExit(warmUp);
native.close(warmUp);

t.test('pidfd: a process is found again by its identity only', async (t) => {
  await withLeakCheck(
    t,
    async () => {
      const { pid, pidfd, startTime } = await sleeper();
      const identity = identifyProcess(pid) as ProcessIdentity;
      t.equal(identity.startTime, startTime);
      const found = openProcess(identity) as number;
      t.ok(signalProcess(found, 0));
      t.equal(pidOf(found), pid);
      t.equal(
        openProcess({ ...identity, startTime: identity.startTime + 1 }),
        undefined,
        'its pid was used again',
      );
      t.equal(openProcess({ ...identity, bootId: 'another' }), undefined, 'the machine was booted again');
      t.ok(signalProcess(found, 9));
      t.same(await waitForExit(pidfd), { kind: 'signaled', signal: 9 });
      t.equal(openProcess(identity), undefined, 'it is gone');
      t.notOk(signalProcess(found, 0));
      t.equal(pidOf(found), undefined);
      for (const fd of [found, pidfd]) native.close(fd);
    },
    { cgroups: [] },
  );
});

t.test('pidfd: any number may wait for the same end', async (t) => {
  const { pidfd } = await sleeper();
  let ended = 0;
  const waits = [1, 2, 3].map(() => watchEnd(pidfd).ended.then(() => ended++));
  await sleep(20);
  t.equal(ended, 0);
  signalProcess(pidfd, 15);
  await Promise.all(waits);
  t.same(await waitForExit(pidfd), { kind: 'signaled', signal: 15 });
  await t.rejects(waitForExit(pidfd), { code: 'ECHILD', syscall: 'waitid' }, 'it is reaped once');
  native.close(pidfd);
});

t.test('pidfd: the end of a process that is no child can be waited for, but not its status', async (t) => {
  const script = 'sleep 60 & echo $!; exit 0';
  const [reader, writer] = native.pipe();
  const plan = tinyPlan({
    command: ['/bin/sh', '-c', script],
    inputs: ['output'],
    steps: [{ op: 'duplicateFd', fd: 'output', number: 1 }],
  });
  const { pidfd } = await native.launch(encodePlan(plan), [writer], { trace: false });
  await waitForExit(pidfd);
  const line = Buffer.alloc(16);
  const pid = Number.parseInt(line.toString('utf8', 0, readSync(reader, line)), 10);
  const orphan = native.pidfdOpen(pid);
  t.throws(() => native.pidfdWait(orphan), { code: 'ECHILD' });
  signalProcess(orphan, 9);
  await watchEnd(orphan).ended;
  for (const fd of [reader, writer, pidfd, orphan]) native.close(fd);
});
