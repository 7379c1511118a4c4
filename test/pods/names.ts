import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { treeOf } from './fixtures/tree.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

const paths = ['../../etc/passwd', '..', 'a/../b', '%2e%2e', 'a\nb', ''];

t.test('a name that is a path is no name', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    await peapod.ok('get', 'pods');
    const before = treeOf(join(peapod.root, 'state'));
    for (const name of paths) {
      const outcomes = await Promise.all([
        peapod.run(['get', 'pod', name]),
        peapod.run(['logs', name]),
        peapod.run(['delete', 'pod', name]),
        peapod.run(['exec', name, '--', 'true']),
      ]);
      const codes = outcomes.map(({ status }) => status);
      t.ok(
        codes.every((status) => [1, 2, 125].includes(status ?? 0)),
        `${JSON.stringify(name)}: ${codes}`,
      );
    }
    t.same(treeOf(join(peapod.root, 'state')), before);
  });
});

t.test('an image that cannot be imported leaves none', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const broken = join(peapod.root, 'broken.tar');
    writeFileSync(broken, 'this is no archive\n'.repeat(100));
    await peapod.ok('images');
    const before = treeOf(join(peapod.root, 'state'));
    t.match(await peapod.run(['import', broken, 'broken']), { status: 1, stderr: /broken\.tar/ });
    t.match(await peapod.run(['import', join(peapod.root, 'missing.tar'), 'broken']), {
      status: 1,
      stderr: /missing\.tar/,
    });
    for (const name of ['../image', 'UPPER', 'a b', 'a:b:c', '']) {
      const { status } = await peapod.run(['import', peapod.root, name]);
      t.ok(status === 1 || status === 2, `${JSON.stringify(name)}: ${status}`);
    }
    t.match(await peapod.run(['import', '--change', 'NONSENSE x', peapod.root, 'bad']), {
      status: 2,
      stderr: /NONSENSE/,
    });
    t.same(treeOf(join(peapod.root, 'state')), before);
  });
});
