import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { removeTree } from '../../src/kernel/remove-tree.js';
import { scratchDirectory } from '../scratch.js';

/** Makes `levels` directories in each other, with a file in each whose name is no text, and a link out of it. */
const dig = `
import os, sys
os.chdir(sys.argv[1])
for level in range(int(sys.argv[2])):
    open(b'\\xff\\xfe', 'w').close()
    os.symlink(sys.argv[3], 'out')
    os.mkdir('d' * 100)
    os.mkdir(b'sibling\\xff')
    os.chdir('d' * 100)
`;

for (const levels of [1, 30, 300]) {
  t.test(`removeTree: removes ${levels} directories in each other`, async (t) => {
    const scratch = scratchDirectory(t);
    const tree = join(scratch, 'tree');
    const outside = join(scratch, 'outside');
    for (const path of [tree, outside]) mkdirSync(path);
    writeFileSync(join(outside, 'file'), '');
    symlinkSync(outside, join(tree, 'link'));
    execFileSync('python3', ['-c', dig, tree, String(levels), outside]);
    await removeTree(tree);
    t.notOk(existsSync(tree));
    t.same(readdirSync(outside), ['file'], 'what links lead to stays');
  });
}

t.test('removeTree: nothing happens when it is missing', async (t) => {
  await removeTree(join(scratchDirectory(t), 'missing'));
});
