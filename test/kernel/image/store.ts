import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { collectGarbage } from '../../../src/image/collect.js';
import { installImage } from '../../../src/image/install.js';
import { layerPath, layerStatePath } from '../../../src/image/layer.js';
import type { ImageRecord } from '../../../src/image/record.js';
import { resolveImage } from '../../../src/image/resolve.js';
import { type ImageStore, openImageStore } from '../../../src/image/store.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { MemorySource } from '../../unit/image/fixtures/memory-source.js';
import { tar } from '../../unit/image/fixtures/tar-bytes.js';
import { describeTree } from './fixtures/describe-tree.js';
import { filesOf } from './fixtures/files-of.js';
import { makeTree } from './fixtures/make-tree.js';
import { countFiles } from './fixtures/store-files.js';

const skip = requires('root');

async function storeWithImage(t: { teardown(work: () => unknown): unknown }) {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const source = new MemorySource({ layers: [tar({ name: 'a', content: 'a' }), tar({ name: 'b' })] });
  const record = await installImage(store, source, { reference: 'app' });
  await store.layerSync.idle();
  return { store, record, source };
}

function stateOf(store: ImageStore, { layers }: ImageRecord, index: number): Record<string, unknown> {
  const path = layerStatePath(layerPath(store, layers[index]?.diffId ?? 'sha256:'));
  return JSON.parse(readFileSync(path, 'utf8'));
}

function changeState(store: ImageStore, { layers }: ImageRecord, change: object): void {
  const path = layerStatePath(layerPath(store, layers[0]?.diffId ?? 'sha256:'));
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

t.test(
  'store: a layer that the disk may have lost is unpacked again when it is needed',
  { skip },
  async (t) => {
    const { store, record } = await storeWithImage(t);
    const expected = describeTree(filesOf(store, record.layers));
    t.notOk('bootId' in stateOf(store, record, 0), 'the disk has it');
    changeState(store, record, { bootId: 'another' });
    const later = await openImageStore(store.stateDirectory);
    t.match(countFiles(later), { layers: 1, links: 1, temporary: 0 });
    await Promise.all([resolveImage(later, 'app'), resolveImage(later, 'app')]);
    t.same(describeTree(filesOf(later, record.layers)), expected);
    await later.layerSync.idle();
    t.notOk('bootId' in stateOf(later, record, 0));
  },
);

t.test('store: a layer of this boot is good, and is asked to be written again', { skip }, async (t) => {
  const { store, record } = await storeWithImage(t);
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  changeState(store, record, { bootId });
  const later = await openImageStore(store.stateDirectory);
  t.equal(later.unpacked.size, 2);
  await later.layerSync.idle();
  t.notOk('bootId' in stateOf(later, record, 0));
});

t.test(
  'store: what is not whole is not taken for a layer, and goes when no pod can be using it',
  { skip },
  async (t) => {
    for (const damage of ['{', '']) {
      const { store, record } = await storeWithImage(t);
      const [first] = record.layers.map(({ diffId }) => layerPath(store, diffId));
      writeFileSync(layerStatePath(first ?? ''), damage);
      const later = await openImageStore(store.stateDirectory);
      t.equal(later.unpacked.size, 1);
      t.equal(readdirSync(later.layers).length, 2, 'it is set aside');
      await collectGarbage(later, (id) => id === record.layers[0]?.diffId.slice(7));
      t.equal(readdirSync(later.layers).length, 2, 'while it may be in use');
      await collectGarbage(later, () => false);
      t.equal(readdirSync(later.layers).length, 1);
      await resolveImage(later, 'app');
      t.equal(later.unpacked.size, 2);
    }
  },
);

t.test('store: records of another version, and damaged ones, are put aside', { skip }, async (t) => {
  for (const text of ['{"version":1,"reference":"docker.io/library/old:latest"}', 'xx']) {
    const { store } = await storeWithImage(t);
    writeFileSync(join(store.names, readdirSync(store.names)[0] as string), text);
    const later = await openImageStore(store.stateDirectory);
    t.equal(later.records.size, 0);
    await t.rejects(resolveImage(later, 'app'), { code: 'PEAPOD_IMAGE_MISSING' });
    t.match(readdirSync(later.names), [/\.json\.aside$/]);
    t.equal(readdirSync(later.blobs).length, 0, 'nobody needs its blobs');
    await collectGarbage(later, () => false);
    t.match(countFiles(later), { layers: 0, links: 0 });
    await openImageStore(store.stateDirectory);
  }
});

t.test('store: when it is opened, leftovers and names that lead nowhere go', { skip }, async (t) => {
  const { store, record } = await storeWithImage(t);
  const { temporary, blobs, links } = store;
  mkdirSync(join(temporary, 'left/fs'), { recursive: true });
  makeTree(join(temporary, 'left/fs'));
  writeFileSync(join(temporary, 'record'), '{');
  writeFileSync(join(blobs, 'f'.repeat(64)), 'needed by nobody');
  writeFileSync(join(blobs, 'strange'), '');
  execFileSync('ln', ['-s', `../layers/${'f'.repeat(64)}/fs`, join(links, 'aaaaaa')]);
  rmSync(join(links, readdirSync(links)[1] as string));
  const later = await openImageStore(store.stateDirectory);
  t.same(countFiles(later), { names: 1, blobs: 4, layers: 2, links: 2, temporary: 0 });
  const { rootfs } = await resolveImage(later, 'app');
  for (const path of rootfs.kind === 'overlay' ? rootfs.layers : []) {
    t.ok(statSync(join(store.stateDirectory, path)).isDirectory());
  }
  t.ok(existsSync(filesOf(later, record.layers)));
});

t.test('store: another user can see nothing of it', { skip }, async (t) => {
  const { store, record } = await storeWithImage(t);
  const [open] = execFileSync('find', [
    store.stateDirectory,
    '-type',
    'd',
    '-perm',
    '/o+x',
    '-path',
    '*/fs',
    '-prune',
    '-o',
    '-perm',
    '/077',
    '-not',
    '-type',
    'l',
    '-print',
  ])
    .toString()
    .split('\n');
  t.equal(open, '', 'directories 0700, files 0600');
  execFileSync('chmod', ['755', join(store.stateDirectory, '..'), store.stateDirectory]);
  const paths = [
    store.names,
    store.blobs,
    filesOf(store, record.layers),
    join(filesOf(store, record.layers), 'a'),
  ];
  for (const path of paths) {
    t.throws(() => execFileSync('stat', [path], { uid: 65534, gid: 65534, stdio: 'ignore' }), path);
  }
});
