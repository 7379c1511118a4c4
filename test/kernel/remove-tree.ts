import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AT_FDCWD, S_IFREG } from '../../src/kernel/constants.js';
import { directoryFlags, files } from '../../src/kernel/files.js';
import { removeTree } from '../../src/kernel/remove-tree.js';
import { scratchDirectory } from '../scratch.js';

/** Makes directories in each other; in each a file and a directory whose names are no text, and a link out. */
function dig(tree: string, levels: number, outside: string): void {
  let fd = files().openat(AT_FDCWD, tree, directoryFlags, 0);
  for (let level = 0; level < levels; level++) {
    files().mknodat(fd, Buffer.from('fffe', 'hex'), S_IFREG | 0o600, 0, 0);
    files().mkdirat(fd, Buffer.from('ff', 'hex'), 0o700);
    files().symlinkat(outside, fd, 'out');
    files().mkdirat(fd, 'd'.repeat(100), 0o700);
    const next = files().openat(fd, 'd'.repeat(100), directoryFlags, 0);
    files().close(fd);
    fd = next;
  }
  files().close(fd);
}

for (const levels of [1, 30, 300]) {
  t.test(`removeTree: removes ${levels} directories in each other`, async (t) => {
    const scratch = scratchDirectory(t);
    const tree = join(scratch, 'tree');
    const outside = join(scratch, 'outside');
    for (const path of [tree, outside]) mkdirSync(path);
    writeFileSync(join(outside, 'file'), '');
    symlinkSync(outside, join(tree, 'link'));
    dig(tree, levels, outside);
    await removeTree(tree);
    t.notOk(existsSync(tree));
    t.same(readdirSync(outside), ['file'], 'what links lead to stays');
  });
}

t.test('removeTree: nothing happens when it is missing', async (t) => {
  await removeTree(join(scratchDirectory(t), 'missing'));
});
