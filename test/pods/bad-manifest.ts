import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { snapshot } from '../leaks.js';
import { badManifests } from './fixtures/bad-manifests.js';
import type { Peapod } from './fixtures/peapod.js';
import { treeOf } from './fixtures/tree.js';
import { cgroupName, skip, withPeapod } from './fixtures/with-peapod.js';

t.test('a manifest that is wrong is refused, with the place, and leaves nothing', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    await peapod.ok('get', 'pods');
    const before = stateOf(peapod);
    for (const [what, manifest, says] of badManifests) {
      const { status, stdout, stderr } = await peapod.run(['apply', '-f', '-'], { input: manifest });
      t.same([status, stdout], [1, ''], what);
      t.match(stderr, says, `${what}: says where`);
      t.notMatch(stderr, /\n {4}at /, `${what}: without a stack`);
    }
    t.same(stateOf(peapod), before, 'state and cgroups are as they were');
  });
});

t.test('of several documents with one wrong, none is applied', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const file = join(peapod.root, 'pods.yaml');
    const good =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec:\n  containers: [{name: main, image: host}]\n';
    writeFileSync(file, `${good}---\n${good.replace('good', 'bad').replace('image', 'imag')}`);
    t.match(await peapod.run(['apply', '-f', file]), { status: 1, stderr: /pods\.yaml:\d+:\d+: .*imag/ });
    t.equal(await peapod.ok('get', 'pods', '-o', 'name'), '');
    t.match(await peapod.run(['apply', '-f', join(peapod.root, 'missing.yaml')]), {
      status: 2,
      stderr: /missing\.yaml/,
    });
    t.match(await peapod.run(['apply', '-f', file, '--dry-run', '--validate', 'nonsense']), { status: 2 });
    t.equal((await peapod.run(['apply'])).status, 2);
    t.match(await peapod.run(['appyl']), { status: 2, stderr: /apply/ });
  });
});

function stateOf(peapod: Peapod) {
  const scope = { cgroups: [cgroupName(peapod.root)] };
  return { tree: treeOf(join(peapod.root, 'state')), cgroups: [...snapshot(scope).cgroup.keys()] };
}
