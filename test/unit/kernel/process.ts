import fc from 'fast-check';
import t from 'tap';
import { identifyProcess, parseProcessStat, readProcessStat } from '../../../src/kernel/process.js';

t.test('the name of a process may hold anything', async () => {
  const after = `S 1 ${Array.from({ length: 17 }, (_, i) => i).join(' ')} 4242 0 0`;
  const comm = fc.string({ unit: fc.constantFrom('(', ')', ' ', 'a', '\n', 'S'), maxLength: 15 });
  fc.assert(
    fc.property(comm, (name) => {
      const stat = parseProcessStat(`77 (${name}) ${after}\n`);
      return stat.pid === 77 && stat.comm === name && stat.state === 'S' && stat.startTime === 4242;
    }),
  );
});

t.test('this process is found under its pid', async (t) => {
  t.match(readProcessStat(process.pid), { pid: process.pid, parent: process.ppid, state: 'R' });
  const identity = identifyProcess(process.pid);
  t.equal(identity?.startTime, readProcessStat(process.pid)?.startTime);
  t.match(identity?.bootId, /^[0-9a-f-]{36}$/);
});

t.test('a pid without a process is undefined', async (t) => {
  t.equal(readProcessStat(2 ** 22 + 1), undefined);
  t.equal(identifyProcess(2 ** 22 + 1), undefined);
});
