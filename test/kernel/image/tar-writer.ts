import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import t from 'tap';
import type { Entry } from '../../../src/image/entry.js';
import { writeTar } from '../../../src/image/tar/writer.js';
import { readTree } from '../../../src/image/tree.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { describeTree } from './fixtures/describe-tree.js';
import { makeTree } from './fixtures/make-tree.js';

const skip = requires('root');

function subdirectory(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path);
  return path;
}

function unpackByGnuTar(tarball: string, directory: string): void {
  const attributes = ['--xattrs', '--xattrs-include=*'];
  execFileSync('tar', ['-xpf', tarball, '--numeric-owner', ...attributes, '-C', directory]);
}

async function archive(entries: AsyncIterable<Entry>, path: string): Promise<string> {
  await pipeline(writeTar(entries), createWriteStream(path));
  return path;
}

t.test('tar writer: GNU tar unpacks the archive of a tree to an equal one', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const source = subdirectory(scratch, 'source');
  makeTree(source);
  const tarball = await archive(readTree(source), join(scratch, 'a.tar'));
  const unpacked = subdirectory(scratch, 'unpacked');
  unpackByGnuTar(tarball, unpacked);
  t.same(describeTree(unpacked), describeTree(source));
  const listing = execFileSync('tar', ['-tvf', tarball, '--numeric-owner'], { encoding: 'utf8' });
  t.match(listing, /^crw-rw-rw- .* 1,3 .* \.?\/?null$/m, 'and lists its devices');
});

t.test('tar writer: the same tree is the same archive, wherever it lies', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const source = subdirectory(scratch, 'source');
  makeTree(source);
  const first = await archive(readTree(source), join(scratch, 'a.tar'));
  const copy = subdirectory(scratch, 'copy');
  unpackByGnuTar(first, copy);
  const second = await archive(readTree(copy), join(scratch, 'b.tar'));
  t.doesNotThrow(() => execFileSync('cmp', [first, second]));
});

t.test('tar writer: many small files, and GNU tar finds no fault', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const source = subdirectory(scratch, 'source');
  for (let index = 0; index < 2000; index++) writeFileSync(join(source, `f${index}`), 'x'.repeat(index));
  const tarball = await archive(readTree(source), join(scratch, 'a.tar'));
  t.doesNotThrow(() => execFileSync('tar', ['-df', tarball, '-C', source]));
});
