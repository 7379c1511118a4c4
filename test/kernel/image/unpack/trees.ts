import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { defaultLimits } from '../../../../src/image/limits.js';
import { unpackLayer } from '../../../../src/image/unpack/unpack-layer.js';
import { executableFd } from '../../../../src/kernel/memfd.js';
import { withLeakCheck } from '../../../leaks.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { makeTree } from '../fixtures/make-tree.js';

const keepAttributes = ['--xattrs', '--xattrs-include=*'];

function subdirectory(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path);
  return path;
}

t.test('unpackLayer: unpacks what GNU tar unpacks', { skip: requires('root') }, async (t) => {
  const scratch = scratchDirectory(t);
  const source = subdirectory(scratch, 'source');
  makeTree(source);
  executableFd('unpack');
  const formats = {
    pax: ['--format=pax', ...keepAttributes],
    gnu: ['--format=gnu'],
    gzip: ['-z', '--format=pax', ...keepAttributes],
  };
  for (const [name, options] of Object.entries(formats)) {
    const blobPath = join(scratch, name);
    execFileSync('tar', [...options, '-C', source, '-cf', blobPath, '.'], { stdio: 'pipe' });
    const oracle = subdirectory(scratch, `oracle-${name}`);
    execFileSync('tar', ['-xpf', blobPath, '--numeric-owner', ...keepAttributes, '-C', oracle]);
    const directory = subdirectory(scratch, `unpacked-${name}`);
    await withLeakCheck(t, () => unpackLayer({ blobPath, directory, limits: defaultLimits }));
    t.same(describeTree(directory), describeTree(oracle), name);
  }
});
