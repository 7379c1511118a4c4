import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readVolatileRecord, stageVolatileRecord, writeVolatileRecord } from '../../../src/kernel/record.js';
import { scratchDirectory } from '../../scratch.js';

t.test('record: it is there once it is put in its place, for root only', async (t) => {
  const path = join(scratchDirectory(t), 'record.json');
  const record = { version: 1, name: 'a'.repeat(100_000) };
  const commit = stageVolatileRecord(path, record);
  t.equal(readVolatileRecord(path, 1), undefined);
  commit();
  t.same(readVolatileRecord(path, 1), record);
  t.equal(statSync(path).mode & 0o777, 0o600);
  writeVolatileRecord(path, { version: 1 });
  t.same(readVolatileRecord(path, 1), { version: 1 }, 'nothing is left of a longer one');
});

t.test('record: one that cannot be written says where', async (t) => {
  const path = join(scratchDirectory(t), 'missing', 'record.json');
  const error = {
    code: 'ENOENT',
    syscall: 'openat',
    path: `${path}.tmp`,
    message: /openat '.*record\.json\.tmp'/,
  };
  t.throws(() => writeVolatileRecord(path, { version: 1 }), error);
  t.notOk(existsSync(path));
});
