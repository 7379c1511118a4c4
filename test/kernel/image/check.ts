import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkImages } from '../../../src/image/check.js';
import { collectGarbage } from '../../../src/image/collect.js';
import { digestOf } from '../../../src/image/digest.js';
import { inspectImage } from '../../../src/image/inspect.js';
import { installImage } from '../../../src/image/install.js';
import { layerFiles } from '../../../src/image/layer.js';
import { resolveImage } from '../../../src/image/resolve.js';
import { openImageStore } from '../../../src/image/store.js';
import { AT_FDCWD } from '../../../src/kernel/constants.js';
import { files } from '../../../src/kernel/files.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { diffIdOf, MemorySource } from '../../unit/image/fixtures/memory-source.js';
import { describeTree } from './fixtures/describe-tree.js';
import { makeTree } from './fixtures/make-tree.js';
import { countFiles } from './fixtures/store-files.js';

const skip = requires('root');

/** A store with one image: a layer with one of everything, and one with a whiteout and an opaque directory. */
async function storeWithImage(t: { teardown(work: () => unknown): unknown }) {
  const scratch = scratchDirectory(t);
  const [tree, over] = [join(scratch, 'tree'), join(scratch, 'over')];
  execFileSync('mkdir', ['-p', tree, join(over, 'etc')]);
  makeTree(tree);
  for (const name of ['.wh.another', 'etc/.wh..wh..opq', 'etc/new']) writeFileSync(join(over, name), 'new');
  const layers = [tree, over].map((path) =>
    execFileSync('tar', ['--format=pax', '--xattrs', '--xattrs-include=*', '-C', path, '-cf', '-', '.'], {
      maxBuffer: 2 ** 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const source = () => new MemorySource({ layers });
  const store = await openImageStore(join(scratch, 'state'));
  await installImage(store, source(), { reference: 'app' });
  return { store, source, bottom: diffIdOf(layers[0] as Buffer), top: diffIdOf(layers[1] as Buffer) };
}

/** All files of a tree that are not empty, as bytes. */
function filesBelow(root: string): Buffer[] {
  const found = execFileSync('find', [root, '-type', 'f', '-size', '+0', '-print0']);
  return found
    .toString('latin1')
    .split('\0')
    .filter(Boolean)
    .map((path) => Buffer.from(path, 'latin1'));
}

function flipBit(path: string | Buffer): void {
  const { atimeNs, mtimeNs } = lstatSync(path, { bigint: true });
  const bytes = readFileSync(path);
  const at = Math.floor(Math.random() * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
  const attributes = files()
    .listxattrat(AT_FDCWD, path)
    .map((name) => [name, files().getxattrat(AT_FDCWD, path, name)] as const);
  writeFileSync(path, bytes);
  // Writing has taken capabilities away; the disk's own error would not.
  for (const [name, value] of attributes) files().setxattrat(AT_FDCWD, path, name, value, 0);
  files().utimensat(AT_FDCWD, path, atimeNs, mtimeNs, 0);
}

t.test('check: what is as it was is content', { skip }, async (t) => {
  const { store } = await storeWithImage(t);
  t.same(await checkImages(store), { blobs: 4, layers: 2, damage: [] });
  t.equal(countFiles(store).temporary, 0);
});

t.test(
  'check: a bit flipped in any blob is found, refused and repaired by installing',
  { skip },
  async (t) => {
    const { store, source } = await storeWithImage(t);
    for (const hex of readdirSync(store.blobs)) {
      const digest = `sha256:${hex}`;
      flipBit(join(store.blobs, hex));
      const { damage } = await checkImages(store);
      t.match(damage, [{ kind: 'blob', digest, references: ['docker.io/library/app:latest'] }]);
      await t.rejects(resolveImage(store, 'app'), { code: 'PEAPOD_IMAGE_INVALID', hint: /pull/ });
      const later = await openImageStore(store.stateDirectory);
      await t.rejects(
        resolveImage(later, 'app'),
        { code: 'PEAPOD_IMAGE_INVALID' },
        'a later engine knows it, too',
      );
      t.ok((await inspectImage(store, 'app')).Peapod.Damaged.includes(digest));
      const again = source();
      await installImage(store, again, { reference: 'app' });
      t.same(again.fetched, digest === again.document.digest ? [] : [digest]);
      t.equal(digestOf(readFileSync(join(store.blobs, hex))), digest);
      await resolveImage(store, 'app');
      t.same((await checkImages(store)).damage, []);
    }
  },
);

t.test('check: a bit flipped in any file of a layer is found, refused and repaired', { skip }, async (t) => {
  const { store, source, bottom, top } = await storeWithImage(t);
  const expected = describeTree(layerFiles(store, bottom));
  const places = [bottom, top].flatMap((diffId) =>
    filesBelow(layerFiles(store, diffId)).map((path) => ({ diffId, path })),
  );
  t.ok(places.length >= 5);
  for (const { diffId, path } of places) {
    flipBit(path);
    const { damage } = await checkImages(store);
    t.match(damage, [{ kind: 'layer', digest: diffId, why: /content differs/ }], path.toString());
    await t.rejects(resolveImage(store, 'app'), { code: 'PEAPOD_IMAGE_INVALID' });
    const again = source();
    await installImage(store, again, { reference: 'app' });
    t.same(again.fetched, [], 'its blob is good');
    await resolveImage(store, 'app');
  }
  t.same(describeTree(layerFiles(store, bottom)), expected);
  t.same((await checkImages(store)).damage, []);
  await collectGarbage(store, () => false);
  t.equal(countFiles(store).layers, 2, 'what was set aside goes');
});

t.test('check: whatever else changes in a layer is found', { skip }, async (t) => {
  const { store, source, bottom, top } = await storeWithImage(t);
  const changes: [string, (root: string) => void][] = [
    ['mode', (root) => chmodSync(join(root, 'etc/large'), 0o600)],
    ['owner', (root) => chownSync(join(root, 'closed'), 34, 33)],
    ['time', (root) => utimesSync(join(root, 'etc/empty'), 1, 1)],
    ['link', (root) => execFileSync('ln', ['-sfn', 'elsewhere', join(root, 'absolute')])],
    [
      'attribute',
      (root) => files().setxattrat(AT_FDCWD, join(root, 'etc/tool'), 'user.binary', Buffer.from('x'), 0),
    ],
    [
      'attribute in addition',
      (root) =>
        files().setxattrat(AT_FDCWD, join(root, 'etc'), 'trusted.overlay.opaque', Buffer.from('y'), 0),
    ],
    ['file in addition', (root) => writeFileSync(join(root, 'etc/zzz'), '')],
    ['file missing', (root) => rmSync(join(root, 'null'))],
    ['layer missing', (root) => rmSync(root, { recursive: true })],
  ];
  for (const [what, change] of changes) {
    change(layerFiles(store, bottom));
    t.match((await checkImages(store)).damage, [{ kind: 'layer', digest: bottom }], what);
    await installImage(store, source(), { reference: 'app' });
  }
  files().setxattrat(
    AT_FDCWD,
    join(layerFiles(store, top), 'etc'),
    'trusted.overlay.opaque',
    Buffer.from('n'),
    0,
  );
  t.match((await checkImages(store)).damage, [{ kind: 'layer', digest: top, why: /attributes/ }]);
});
