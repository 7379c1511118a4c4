import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires, scratchDirectory } from '../../scratch.js';

t.test('scratchDirectory: is private and removed with its content', async (t) => {
  const teardowns: (() => unknown)[] = [];
  const directory = scratchDirectory({ teardown: (work) => teardowns.push(work) });
  t.equal(statSync(directory).mode & 0o777, 0o700);
  writeFileSync(join(directory, 'file'), '');
  for (const work of teardowns) work();
  t.notOk(existsSync(directory));
});

t.test('requires: names every unmet need', async (t) => {
  const strict = process.env.PEAPOD_STRICT;
  t.teardown(() => {
    if (strict !== undefined) process.env.PEAPOD_STRICT = strict;
  });
  delete process.env.PEAPOD_STRICT;
  t.equal(requires('sh'), false);
  t.equal(requires('sh', 'no-such-program', 'nor-this'), 'needs no-such-program, nor-this');
});

t.test('requires: an unmet need is an error in strict mode', async (t) => {
  const strict = process.env.PEAPOD_STRICT;
  t.teardown(() => {
    if (strict === undefined) delete process.env.PEAPOD_STRICT;
  });
  process.env.PEAPOD_STRICT = '1';
  t.equal(requires('sh'), false);
  t.throws(() => requires('no-such-program'), { message: /needs no-such-program/ });
});
