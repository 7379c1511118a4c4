import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lockFile } from '../../../src/kernel/lock.js';
import { withLeakCheck } from '../../leaks.js';
import { scratchDirectory } from '../../scratch.js';

t.test('lock: one holder at a time', async (t) => {
  const path = join(scratchDirectory(t), 'lock');
  await withLeakCheck(
    t,
    () => {
      const lock = lockFile(path);
      t.equal(statSync(path).mode & 0o777, 0o600);
      t.equal(lockFile(path), undefined);
      lock?.release();
      const next = lockFile(path);
      t.ok(next);
      next?.release();
    },
    { cgroups: [] },
  );
  t.throws(() => lockFile(join(path, 'below')), { code: 'ENOTDIR', syscall: 'openat' });
});
