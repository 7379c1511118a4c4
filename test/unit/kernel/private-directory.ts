import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makePrivateDirectory } from '../../../src/kernel/private-directory.js';
import { scratchDirectory } from '../../scratch.js';

t.test('directories are made for their owner alone, with those above them', async (t) => {
  const path = join(scratchDirectory(t), 'a/b/c');
  makePrivateDirectory(path);
  t.equal(statSync(path).mode & 0o777, 0o700);
  t.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  t.doesNotThrow(() => makePrivateDirectory(path), 'one that is there is good enough');
});

t.test('what cannot be made is an error', async (t) => {
  const file = join(scratchDirectory(t), 'file');
  writeFileSync(file, '');
  t.throws(() => makePrivateDirectory(file), { code: 'EEXIST' });
  t.throws(() => makePrivateDirectory(join(file, 'below')), { code: /^(ENOTDIR|EEXIST)$/ });
  t.throws(() => makePrivateDirectory('/proc/peapod/run'), { code: 'ENOENT' });
  t.notOk(existsSync('/proc/peapod'));
});
