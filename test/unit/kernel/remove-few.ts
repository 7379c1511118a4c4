import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { removeFew } from '../../../src/kernel/remove-few.js';
import { scratchDirectory } from '../../scratch.js';

t.test('removeFew: what a run without output leaves is gone at once', (t) => {
  const tree = join(scratchDirectory(t), 'tree');
  mkdirSync(join(tree, 'work/work'), { recursive: true });
  mkdirSync(join(tree, 'upper'));
  writeFileSync(join(tree, 'upper/file'), '');
  t.equal(removeFew(tree), true);
  t.notOk(existsSync(tree));
  t.end();
});

t.test('removeFew: a link is removed, what it leads to stays', (t) => {
  const scratch = scratchDirectory(t);
  mkdirSync(join(scratch, 'outside'));
  writeFileSync(join(scratch, 'outside/file'), '');
  mkdirSync(join(scratch, 'tree'));
  symlinkSync(join(scratch, 'outside'), join(scratch, 'tree/link'));
  t.equal(removeFew(join(scratch, 'tree')), true);
  t.same(readdirSync(scratch), ['outside']);
  t.same(readdirSync(join(scratch, 'outside')), ['file']);
  t.end();
});

t.test('removeFew: many entries are left to others', (t) => {
  const tree = join(scratchDirectory(t), 'tree');
  mkdirSync(tree);
  for (let count = 0; count < 11; count++) writeFileSync(join(tree, String(count)), '');
  t.equal(removeFew(tree), false);
  t.equal(readdirSync(tree).length, 11, 'none of them was touched');
  t.end();
});

t.test('removeFew: a missing directory is removed already', (t) => {
  t.equal(removeFew(join(scratchDirectory(t), 'missing')), true);
  t.end();
});
