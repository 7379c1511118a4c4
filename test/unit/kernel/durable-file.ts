import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readRecord, replaceFile, writeRecord } from '../../../src/kernel/durable-file.js';
import { scratchDirectory } from '../../scratch.js';

const root = scratchDirectory(t);

t.test('a record is read back as it was written, and only so', async (t) => {
  const path = join(root, 'record.json');
  const record = { text: 'ü\u0000"', list: [1, 1e21, null], 2: 'b', 1: 'a' };
  await writeRecord(path, record, { isDurable: true });
  t.same(await readRecord(path), record);
  t.equal((await stat(path)).mode & 0o777, 0o600);
  await writeFile(path, (await readFile(path, 'utf8')).replace('"b"', '"c"'));
  await t.rejects(readRecord(path), { code: 'PEAPOD_STATE_CORRUPT', message: /its digest does not match/ });
  await t.rejects(writeRecord(join(root, 'none', 'x'), {}, { isDurable: false }), { code: 'ENOENT' });
  t.notOk((await readdir(root)).some((name) => name.endsWith('.tmp')));
});

t.test('what cannot take the place of a file leaves neither it nor a temporary one', async (t) => {
  const temporary = join(root, 'elsewhere');
  const options = { isDurable: true, temporary };
  await t.rejects(replaceFile(join(root, 'none', 'x'), 'text', options), { code: 'ENOENT' });
  t.notOk((await readdir(root)).includes('elsewhere'));
  await replaceFile(join(root, 'x'), 'text', options);
  t.equal(await readFile(join(root, 'x'), 'utf8'), 'text');
});
