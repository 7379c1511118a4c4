import { ftruncateSync, readFileSync, writeSync } from 'node:fs';
import { release } from 'node:os';
import t from 'tap';
import { executableFd, executablePath } from '../../../src/kernel/memfd.js';
import { signalProcess, waitForExit } from '../../../src/kernel/pidfd.js';
import { encodePlan } from '../../../src/kernel/plan/encode.js';
import { binding } from '../../../src/native/binding.js';

const native = binding();

t.test('memfd: the programs are held sealed, each once', async (t) => {
  for (const name of ['pause', 'monitor'] as const) {
    const fd = executableFd(name);
    t.equal(executableFd(name), fd);
    t.same(readFileSync(`/proc/self/fd/${fd}`), readFileSync(executablePath(name)));
    t.throws(() => writeSync(fd, 'x', 0), { code: 'EPERM' });
    t.throws(() => ftruncateSync(fd, 1), { code: 'EPERM' });
  }
});

t.test('memfd: pause runs from it', async (t) => {
  const plan = {
    version: 1,
    name: 'pause',
    clone: { flags: 0, secondFlags: 0, cgroup: null },
    inputs: ['pause'],
    join: [],
    child: [{ op: 'resetSignals' }, { op: 'execFd', file: 'pause', argv: ['pause'], envp: [] }],
  } as const;
  const { pid, pidfd } = await native.launch(encodePlan(plan), [executableFd('pause')], { trace: false });
  t.ok(pid > 0);
  signalProcess(pidfd, 9);
  t.same(await waitForExit(pidfd), { kind: 'signaled', signal: 9 });
  native.close(pidfd);
});

t.test('memfd: one that is not sealed can be written', async (t) => {
  const open = native.memfd('open', Buffer.from('abc'), false, false);
  writeSync(open, 'x', 0);
  t.equal(native.readAt(open, `/proc/self/fd/${open}`, 10), 'xbc');
  native.close(open);
});

/** Before Linux 6.3 every memfd can be run. */
const [major = 0, minor = 0] = release().split('.').map(Number);
const skip = major > 6 || (major === 6 && minor >= 3) ? false : 'needs Linux 6.3';

t.test('memfd: one that is not executable cannot be run', { skip }, async (t) => {
  const program = native.memfd('data', readFileSync('/bin/true'), true, false);
  const plan = {
    version: 1,
    name: 'data',
    clone: { flags: 0, secondFlags: 0, cgroup: null },
    inputs: ['program'],
    join: [],
    child: [{ op: 'execFd', file: 'program', argv: ['true'], envp: [] }],
  } as const;
  const { pid, records } = await native.launch(encodePlan(plan), [program], { trace: false });
  t.same([pid, records.readInt32LE(records.length - 12)], [0, 13], 'EACCES');
  native.close(program);
});
