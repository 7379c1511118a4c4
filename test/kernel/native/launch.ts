import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Cgroup, findCgroupMount } from '../../../src/kernel/cgroup.js';
import { removeCgroup } from '../../../src/kernel/cgroup-remove.js';
import { AT_FDCWD, CLONE_NEWIPC, CLONE_NEWNET, O_WRONLY, S_IFIFO } from '../../../src/kernel/constants.js';
import { readMountinfo } from '../../../src/kernel/mountinfo.js';
import { signalProcess, waitForExit } from '../../../src/kernel/pidfd.js';
import { encodePlan } from '../../../src/kernel/plan/encode.js';
import type { LaunchPlan } from '../../../src/kernel/plan/types.js';
import { binding } from '../../../src/native/binding.js';
import { withLeakCheck } from '../../leaks.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { stdoutSteps, tinyPlan } from '../../tiny-plan.js';

const native = binding();
const noCgroups = { cgroups: [] };
const failed = 2;
const execing = 3;

function launch(plan: LaunchPlan, fds: readonly number[] = []) {
  return native.launch(encodePlan(plan), fds, { trace: false });
}

async function outcome(pidfd: number) {
  const exit = await waitForExit(pidfd);
  native.close(pidfd);
  return exit;
}

/** What the command prints; its other descriptors are ours. */
async function output(plan: LaunchPlan, fds: readonly number[] = []): Promise<string> {
  const [reader, writer] = native.pipe();
  const { pidfd } = await launch(plan, [writer, ...fds]);
  native.close(writer);
  await outcome(pidfd);
  const text = readFileSync(reader, 'utf8');
  native.close(reader);
  return text;
}

// The thread of the first launch lives on, with two descriptors of its own: it is no leak.
await outcome((await launch(tinyPlan({ command: ['/bin/true'] }))).pidfd);

t.test('launch: a program runs, and its exit is known', async (t) => {
  await withLeakCheck(
    t,
    async () => {
      const { pid, pidfd, records } = await launch(tinyPlan({ command: ['/bin/sh', '-c', 'exit 7'] }));
      t.ok(pid > 1);
      t.equal(records.readUInt16LE(records.length - 16), execing);
      t.same(await outcome(pidfd), { kind: 'exited', status: 7 });
    },
    noCgroups,
  );
});

t.test('launch: a program that is killed ended by a signal', async (t) => {
  const { pidfd } = await launch(tinyPlan({ command: ['/bin/sleep', '60'] }));
  t.equal(native.pidfdWait(pidfd), null, 'it runs');
  t.ok(signalProcess(pidfd, 15));
  t.same(await outcome(pidfd), { kind: 'signaled', signal: 15 });
});

t.test('launch: a step that fails is reported, and its child reaped', async (t) => {
  await withLeakCheck(
    t,
    async () => {
      const { pid, pidfd, records } = await launch(tinyPlan({ command: ['/no/such/program'] }));
      t.same([pid, pidfd], [0, -1]);
      const last = records.subarray(-16);
      t.same(
        [last.readUInt16LE(0), last.readUInt16LE(2), last.readInt32LE(4)],
        [failed, 1, 2],
        'step 1, ENOENT',
      );
    },
    noCgroups,
  );
});

t.test('launch: with trace every step says when it began', async (t) => {
  const wire = encodePlan(tinyPlan({ command: ['/bin/true'], steps: [{ op: 'setUmask', mode: 0o22 }] }));
  const { pidfd, records } = await native.launch(wire, [], { trace: true });
  await outcome(pidfd);
  const kinds = Array.from({ length: records.length / 16 }, (_, index) => records.readUInt16LE(index * 16));
  t.same(kinds, [1, 1, 1, execing]);
  t.ok(records.readBigUInt64LE(8) <= process.hrtime.bigint());
});

t.test('launch: a malformed plan is EINVAL, and nothing is started', async (t) => {
  const wire = encodePlan(tinyPlan({ command: ['/bin/true'], inputs: ['output'], steps: stdoutSteps }));
  await withLeakCheck(
    t,
    async () => {
      for (let size = 0; size < wire.length; size++) {
        await t.rejects(native.launch(wire.subarray(0, size), [1], { trace: false }), { code: 'EINVAL' });
      }
      await t.rejects(native.launch(wire, [], { trace: false }), { code: 'EINVAL' }, 'an input is missing');
      await t.rejects(native.launch(wire, [1, 1], { trace: false }), { code: 'EINVAL' }, 'an input too many');
    },
    noCgroups,
  );
});

t.test('launch: what must not happen in shared memory is refused', async (t) => {
  const plan = tinyPlan({ command: ['/bin/true'] });
  const joining = { ...plan, join: [{ op: 'unshare', flags: 0 } as const] };
  await t.rejects(launch(joining), { code: 'EINVAL' }, 'join steps');
  for (const flags of [0, CLONE_NEWIPC, CLONE_NEWNET | CLONE_NEWIPC]) {
    const steps = [{ op: 'joinNamespaces', target: 'namespace', flags } as const];
    const entering = tinyPlan({ command: ['/bin/true'], inputs: ['namespace'], steps });
    await t.rejects(launch(entering, [0]), { code: 'EINVAL' }, `namespaces ${flags.toString(16)}`);
  }
  const undumpable = tinyPlan({ command: ['/bin/true'], steps: [{ op: 'setNotDumpable' }] });
  await t.rejects(launch(undumpable), { code: 'EINVAL' }, 'a change of the memory itself');
  const cloneFiles = 0x400;
  await t.rejects(launch(tinyPlan({ command: ['/bin/true'], cloneFlags: cloneFiles })), { code: 'EINVAL' });
});

t.test('launch: clone3 that fails rejects with its errno', async (t) => {
  const plan = tinyPlan({ command: ['/bin/true'], inputs: ['cgroup'], cgroup: 'cgroup' });
  const fd = openSync('/', 'r');
  await t.rejects(launch(plan, [fd]), { code: 'EBADF', syscall: 'clone3' });
  closeSync(fd);
});

t.test('launch: the program gets no signal disposition or mask of ours, and we keep our own', async (t) => {
  process.on('SIGUSR2', noop);
  const plan = tinyPlan({
    command: ['/bin/cat', '/proc/self/status'],
    inputs: ['output'],
    steps: stdoutSteps,
  });
  const status = await output(plan);
  process.off('SIGUSR2', noop);
  for (const field of ['SigBlk', 'SigIgn', 'SigCgt']) t.match(status, `${field}:\t0000000000000000`);
  const tasks = readdirSync('/proc/self/task').map((id) =>
    readFileSync(`/proc/self/task/${id}/status`, 'utf8'),
  );
  const launcher = tasks.find((text) => text.startsWith('Name:\tpeapod:launcher')) ?? '';
  t.match(launcher, /^SigBlk:\t0+$/m);
  t.match(readFileSync('/proc/self/status', 'utf8'), /^SigBlk:\t0+$/m);
});

t.test('launch: the program is born in the cgroup', { skip: requires('root', 'cgroup2') }, async (t) => {
  const mount = findCgroupMount(readMountinfo()) ?? '';
  const name = `peapod-test-${process.pid}`;
  const cgroup = Cgroup.create(join(mount, name));
  t.teardown(() => removeCgroup(cgroup.path, 1000));
  const plan = tinyPlan({
    command: ['/bin/cat', '/proc/self/cgroup'],
    inputs: ['output', 'cgroup'],
    cgroup: 'cgroup',
    steps: stdoutSteps,
  });
  t.match(await output(plan, [cgroup.fd]), `0::/${name}\n`);
  cgroup.close();
});

t.test('launch: many at once are all started', async (t) => {
  const plan = tinyPlan({ command: ['/bin/true'] });
  const launched = await Promise.all(Array.from({ length: 50 }, () => launch(plan)));
  t.equal(new Set(launched.map(({ pid }) => pid)).size, 50);
  const exits = await Promise.all(launched.map(({ pidfd }) => outcome(pidfd)));
  t.ok(exits.every((exit) => exit.kind === 'exited' && exit.status === 0));
});

t.test('launch: the event loop goes on while a child takes its time', async (t) => {
  const fifo = join(scratchDirectory(t), 'fifo');
  native.mknodat(AT_FDCWD, fifo, S_IFIFO | 0o600, 0, 0);
  const steps = [{ op: 'openPath', path: fifo, flags: O_WRONLY, out: 'fifo' } as const];
  let settled = false;
  const launching = launch(tinyPlan({ command: ['/bin/true'], steps })).finally(() => {
    settled = true;
  });
  await sleep(50);
  t.notOk(settled, 'the child waits for a reader');
  closeSync(openSync(fifo, 'r'));
  t.same(await outcome((await launching).pidfd), { kind: 'exited', status: 0 });
});

function noop(): void {}
