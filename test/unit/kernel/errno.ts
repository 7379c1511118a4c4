import { constants } from 'node:os';
import t from 'tap';
import { SystemError } from '../../../src/errors.js';
import { errnoName, errnoNumber, errnoText, systemError } from '../../../src/kernel/errno.js';

t.test('an errno has one name, the one the addon uses', async (t) => {
  t.equal(errnoName(1), 'EPERM');
  t.equal(errnoName(constants.errno.EWOULDBLOCK), 'EAGAIN');
  t.equal(errnoName(117), 'EUCLEAN');
  t.equal(errnoName(1000), 'E1000');
});

t.test('names and numbers agree', async (t) => {
  for (const [name, number] of Object.entries(constants.errno)) t.equal(errnoNumber(name), number, name);
  t.equal(errnoNumber('EWHAT'), undefined);
});

t.test('an errno has words, or at least its name', async (t) => {
  t.equal(errnoText(2), 'no such file or directory');
  t.equal(errnoText(117), 'EUCLEAN');
});

t.test('a failed call becomes a sentence', async (t) => {
  const cause = Object.assign(new Error('x'), { errno: -2, code: 'ENOENT', syscall: 'open' });
  const error = systemError(cause, 'open the lock', '/run/lock');
  t.match(
    error,
    new SystemError('Cannot open the lock: ENOENT (no such file or directory)', {
      errno: 2,
      code: 'ENOENT',
      syscall: 'open',
      path: '/run/lock',
    }),
  );
});

t.test('an error that is no failed call, or has its sentence, stays as it is', async (t) => {
  const bug = new TypeError('x');
  const named = new SystemError('Cannot x: EPERM', { errno: 1, code: 'EPERM', syscall: 'x' });
  t.equal(systemError(bug, 'open'), bug);
  t.equal(systemError(named, 'open'), named);
  t.equal(systemError(undefined, 'open'), undefined);
});
