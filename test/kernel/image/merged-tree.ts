import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { hasCode } from '../../../src/errors.js';
import { MergedTree } from '../../../src/image/merged-tree.js';
import { AT_FDCWD, O_NONBLOCK, O_RDONLY, S_IFCHR, S_IFIFO } from '../../../src/kernel/constants.js';
import { directoryFlags, files, resolveInRoot } from '../../../src/kernel/files.js';
import { requires, scratchDirectory } from '../../scratch.js';

const skip = requires('root', 'overlay');

type Node = 'file' | 'directory' | 'opaque' | 'whiteout' | 'fifo' | 'device' | `link ${string}`;
/** What is made in one layer, in order; what cannot be made is left out. */
type Layer = readonly { readonly path: string; readonly node: Node }[];

const names = ['a', 'b', 'c'];
const deep = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const target = fc
  .tuple(
    fc.constantFrom('', '/', './', '../', '/../'),
    fc.array(fc.constantFrom(...names, '..', '.'), { maxLength: 3 }),
  )
  .map(([start, parts]) => `${start}${parts.join('/')}` || '.');
const node: fc.Arbitrary<Node> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Node>('file', 'directory', 'opaque') },
  { weight: 1, arbitrary: fc.constant<Node>('whiteout') },
  { weight: 1, arbitrary: fc.constantFrom<Node>('fifo', 'device') },
  { weight: 3, arbitrary: target.map((text): Node => `link ${text}`) },
);
const layers = fc.array(fc.array(fc.record({ path: deep, node }), { maxLength: 8 }), {
  minLength: 1,
  maxLength: 5,
});

function makeLayer(root: string, layer: Layer): void {
  mkdirSync(root);
  for (const { path, node } of layer) {
    try {
      if (makeParents(root, path)) makeNode(join(root, path), node);
    } catch (error) {
      if (!['EEXIST', 'ENOTDIR', 'ELOOP', 'ENOENT'].some((code) => hasCode(error, code))) throw error;
    }
  }
}

/** False when a link is in the way: it leads anywhere, to the root of this machine for one. */
function makeParents(root: string, path: string): boolean {
  const parts = path.split('/').slice(0, -1);
  const parents = parts.map((_, index) => join(root, ...parts.slice(0, index + 1)));
  return parents.every((parent) => {
    mkdirSync(parent, { recursive: true });
    return !lstatSync(parent).isSymbolicLink();
  });
}

function makeNode(path: string, node: Node): void {
  const { mknodat, setxattrat } = files();
  if (node === 'file') writeFileSync(path, path, { flag: 'wx' });
  else if (node === 'directory' || node === 'opaque') mkdirSync(path);
  else if (node === 'whiteout') mknodat(AT_FDCWD, path, S_IFCHR, 0, 0);
  else if (node === 'fifo') mknodat(AT_FDCWD, path, S_IFIFO | 0o600, 0, 0);
  else if (node === 'device') mknodat(AT_FDCWD, path, S_IFCHR | 0o600, 1, 3);
  else symlinkSync(node.slice('link '.length), path);
  if (node === 'opaque') setxattrat(AT_FDCWD, path, 'trusted.overlay.opaque', Buffer.from('y'), 0);
}

/** Text of a file, or why there is none. */
function readAs(open: () => number | undefined): string {
  let fd: number | undefined;
  try {
    fd = open();
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return 'absent';
    if (hasCode(error, 'PEAPOD_IMAGE_INVALID') || hasCode(error, 'ELOOP') || hasCode(error, 'ENXIO'))
      return 'refused';
    throw error;
  }
  if (fd === undefined) return 'absent';
  try {
    return fstatSync(fd).isFile() ? readFileSync(fd, 'utf8') : 'refused';
  } finally {
    closeSync(fd);
  }
}

/** What a process whose root is the mount would get. */
function readMounted(rootFd: number, path: string): string {
  return readAs(() => {
    for (;;) {
      try {
        return files().openat2(rootFd, path, O_RDONLY | O_NONBLOCK, 0, resolveInRoot);
      } catch (error) {
        if (!hasCode(error, 'EAGAIN')) throw error;
      }
    }
  });
}

/** Runs `use` with the same layers, top first, in both forms: as directories and mounted. */
function withLayers(
  scratch: string,
  tree: readonly Layer[],
  use: (paths: string[], rootFd: number) => void,
): void {
  const place = mkdtempSync(join(scratch, 'l'));
  const paths = tree.map((layer, index) => {
    const path = join(place, `${index}`);
    makeLayer(path, layer);
    return path;
  });
  const [empty, merged] = [join(place, 'empty'), join(place, 'merged')];
  mkdirSync(empty);
  mkdirSync(merged);
  execFileSync('mount', [
    '-t',
    'overlay',
    '-o',
    `lowerdir=${[empty, ...paths].join(':')}`,
    'overlay',
    merged,
  ]);
  const rootFd = files().openat(AT_FDCWD, merged, directoryFlags, 0);
  try {
    use(paths, rootFd);
  } finally {
    files().close(rootFd);
    execFileSync('umount', [merged]);
  }
}

const questions = names.flatMap((a) => [
  ...[a, `${a}/`, `${a}/../a`],
  ...names.flatMap((b) => [`${a}/${b}`, ...names.map((c) => `${a}/${b}/${c}`)]),
]);

t.test('merged tree: shows what an overlay of the same layers shows', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const outside = readdirSync('/');
  const property = fc.property(layers, (tree) => {
    withLayers(scratch, tree, (paths, rootFd) => {
      const merged = new MergedTree(paths);
      const found = questions.map((path) => `${path}: ${readAs(() => merged.openFile(path))}`);
      merged.close();
      const expected = questions.map((path) => `${path}: ${readMounted(rootFd, path)}`);
      if (found.join('\n') !== expected.join('\n')) {
        const differing = found.flatMap((line, index) =>
          line === expected[index] ? [] : [[line, expected[index]]],
        );
        throw new Error(JSON.stringify(differing));
      }
    });
  });
  fc.assert(property, { numRuns: 150 });
  t.same(readdirSync('/'), outside, 'links of layers led nowhere else');
});

t.test('merged tree: follows as many symlinks as the kernel, and no more', { skip }, async (t) => {
  const chain = (length: number): Layer => [
    { path: 'a', node: 'file' },
    ...Array.from({ length }, (_, index) => ({
      path: `l${index + 1}`,
      node: `link ${index === 0 ? 'a' : `l${index}`}` as const,
    })),
  ];
  withLayers(scratchDirectory(t), [chain(45)], (paths, rootFd) => {
    const merged = new MergedTree(paths);
    for (const path of ['l39', 'l40', 'l41']) {
      t.equal(
        readAs(() => merged.openFile(path)),
        readMounted(rootFd, path),
        path,
      );
    }
    t.throws(() => merged.openFile('l41'), { code: 'PEAPOD_IMAGE_INVALID', message: /do not end/ });
    merged.close();
  });
});

t.test('merged tree: a way that is too long is given up', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const directories = Array.from({ length: 550 }, (_, index) => index.toString(36));
  const paths = Array.from({ length: 40 }, (_, index) => join(scratch, `${index}`));
  for (const path of paths) makeLayer(path, []);
  const bottom = paths.at(-1) ?? '';
  for (const name of directories) mkdirSync(join(bottom, name));
  writeFileSync(join(bottom, 'file'), 'found');
  symlinkSync(`${directories.slice(0, 10).join('/../')}/../file`, join(bottom, 'short'));
  symlinkSync(`${directories.join('/../')}/../file`, join(bottom, 'long'));
  const merged = new MergedTree(paths);
  t.equal(
    readAs(() => merged.openFile('short')),
    'found',
  );
  t.throws(() => merged.openFile('long'), { code: 'PEAPOD_IMAGE_INVALID', message: /too long/ });
  merged.close();
});

t.test('merged tree: a symlink leads nowhere outside', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  writeFileSync(join(scratch, 'outside'), 'secret');
  const links = [
    '../outside',
    '/../outside',
    join(scratch, 'outside'),
    '../../../../../../etc/passwd',
    '/proc/self/environ',
  ];
  makeLayer(
    join(scratch, 'layer'),
    links.map((text, index) => ({ path: `l${index}`, node: `link ${text}` as const })),
  );
  const merged = new MergedTree([join(scratch, 'layer')]);
  for (const index of links.keys()) t.equal(merged.openFile(`l${index}`), undefined, links[index] ?? '');
  merged.close();
});
