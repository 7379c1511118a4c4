import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { defaultLimits } from '../../../../src/image/limits.js';
import { type UnpackedLayer, unpackLayer } from '../../../../src/image/unpack/unpack-layer.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { type RawEntry, tar } from '../../../unit/image/fixtures/tar-bytes.js';
import { describeTree } from '../fixtures/describe-tree.js';
import { unpackWithUmoci } from './fixtures/umoci.js';

const skip = requires('root', 'overlay', 'umoci');

const directory = (name: string, more: Partial<RawEntry> = {}): RawEntry => ({
  name,
  type: '5',
  mode: 0o755,
  ...more,
});
const file = (name: string, content = name): RawEntry => ({ name, content });
const deleted = (name: string): RawEntry => ({ name });

const lower = [
  directory('.'),
  directory('d', { uid: 7 }),
  file('d/a'),
  file('d/b'),
  directory('d/e'),
  file('d/e/f'),
  file('d/e/g'),
  { name: 'd/s', type: '2', link: 'e' },
  { name: 'd/h', type: '1', link: 'd/a' },
  file('top'),
];

/** Second layers, to be laid over `lower`. */
const uppers: Record<string, RawEntry[]> = {
  'a file': [directory('.'), directory('d'), deleted('d/.wh.a')],
  'a directory': [directory('.'), directory('d'), deleted('d/.wh.e')],
  'a symlink': [directory('.'), directory('d'), deleted('d/.wh.s')],
  'what is not there': [directory('.'), directory('d'), deleted('d/.wh.nothing')],
  'at the root': [directory('.'), deleted('.wh.top'), deleted('./.wh.d')],
  'a directory that comes again': [
    directory('.'),
    directory('d'),
    deleted('d/.wh.e'),
    directory('d/e'),
    file('d/e/new'),
  ],
  'a directory that was there before': [
    directory('.'),
    directory('d'),
    directory('d/e'),
    file('d/e/new'),
    deleted('d/.wh.e'),
  ],
  'a file that comes again': [directory('.'), directory('d'), deleted('d/.wh.a'), file('d/a', 'new')],
  'a file that was there before': [directory('.'), directory('d'), file('d/a', 'new'), deleted('d/.wh.a')],
  'a directory that becomes a file': [
    directory('.'),
    directory('d'),
    deleted('d/.wh.e'),
    file('d/e', 'file'),
  ],
  'a file that becomes a directory': [
    directory('.'),
    directory('d'),
    deleted('d/.wh.a'),
    directory('d/a'),
    file('d/a/x'),
  ],
  'all of a directory': [directory('.'), directory('d'), directory('d/e'), deleted('d/e/.wh..wh..opq')],
  'all of a directory, and new files': [
    directory('.'),
    directory('d'),
    deleted('d/.wh..wh..opq'),
    file('d/new'),
  ],
  'all of a directory, after new files': [
    directory('.'),
    directory('d'),
    file('d/new'),
    deleted('d/.wh..wh..opq'),
  ],
  'what no layer below has': [
    directory('.'),
    directory('new'),
    deleted('new/.wh.x'),
    directory('d'),
    deleted('d/.wh.zz'),
  ],
  'in what was replaced': [
    directory('.'),
    directory('d'),
    file('d/e', 'file'),
    directory('d/e'),
    deleted('d/e/.wh.f'),
  ],
};

async function unpack(scratch: string, name: string, entries: RawEntry[]): Promise<UnpackedLayer> {
  const [blobPath, into] = [join(scratch, `${name}.tar`), join(scratch, name)];
  writeFileSync(blobPath, tar(...entries));
  mkdirSync(into);
  return unpackLayer({ blobPath, directory: into, limits: defaultLimits });
}

/** Times of directories are of no interest: deleting changes them for umoci. */
function describe(root: string): string[] {
  return describeTree(root).map((line) =>
    line.replace(/("mode":"4\d+","owner":"[\d:]+","mtimeNs":)"\d+"/, '$1""'),
  );
}

/** What two layers look like, one over the other. */
function describeMerged(scratch: string): string[] {
  const merged = join(scratch, 'merged');
  mkdirSync(merged);
  execFileSync('mount', [
    '-t',
    'overlay',
    '-o',
    `lowerdir=${scratch}/upper:${scratch}/lower`,
    'overlay',
    merged,
  ]);
  try {
    return describe(merged).map((line) => line.replaceAll(/"trusted\.overlay\.\w+":"\w*",?/g, ''));
  } finally {
    execFileSync('umount', [merged]);
  }
}

for (const [what, upper] of Object.entries(uppers)) {
  t.test(`unpackLayer: a whiteout deletes ${what} as umoci does`, { skip }, async (t) => {
    const scratch = scratchDirectory(t);
    await unpack(scratch, 'lower', lower);
    await unpack(scratch, 'upper', upper);
    const expected = describe(unpackWithUmoci(scratch, [tar(...lower), tar(...upper)]));
    t.same(describeMerged(scratch), expected);
  });
}

t.test('unpackLayer: an opaque root is told, as overlayfs does not ask for it', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  t.equal((await unpack(scratch, 'upper', [deleted('.wh..wh..opq'), file('new')])).isOpaque, true);
  t.equal((await unpack(scratch, 'lower', [file('new')])).isOpaque, false);
});
