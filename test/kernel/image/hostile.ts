import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { importImage } from '../../../src/image/import.js';
import { removeImage } from '../../../src/image/remove.js';
import { openImageStore } from '../../../src/image/store.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { tar } from '../../unit/image/fixtures/tar-bytes.js';
import { describeTree } from './fixtures/describe-tree.js';
import { filesOf } from './fixtures/files-of.js';
import { attribute, directory, file, knownShapes, link } from './unpack/fixtures/known-shapes.js';

const skip = requires('root');

t.test('hostile archives: each is unpacked inside or refused, and the canary lives', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const canary = join(scratch, 'canary');
  mkdirSync(canary);
  writeFileSync(join(canary, 'victim'), 'untouched', { mode: 0o600 });
  const store = await openImageStore(join(scratch, 'state'));
  // All of them are unpacked by test/kernel/image/unpack/hostile.ts: here it is the store that counts.
  const shapes = Object.entries(knownShapes(canary)).filter((_, index) => index % 4 === 0);
  const path = join(scratch, 'archive.tar');
  writeFileSync(path, '');
  const before = describeTree(canary);
  const outside = () =>
    [scratch, store.stateDirectory, join(store.stateDirectory, 'images')].map((at) => readdirSync(at));
  const around = outside();
  for (const [what, { outcome, archive }] of shapes) {
    writeFileSync(path, archive);
    const layers = readdirSync(store.layers).length;
    const error = await importImage(store, { path, name: 'hostile' }).then(
      () => undefined,
      (reason) => reason,
    );
    t.equal(
      error?.code,
      outcome === 'refused' ? 'PEAPOD_IMAGE_INVALID' : undefined,
      `${what}: ${error?.message}`,
    );
    t.same(describeTree(canary), before, `${what}: the canary is as it was`);
    t.same(outside(), around, `${what}: nothing was made beside the store`);
    t.same(readdirSync(store.temporary), [], `${what}: no temporary file stays`);
    if (outcome === 'refused') t.equal(readdirSync(store.layers).length, layers, `${what}: no layer stays`);
  }
  await removeImage(store, 'hostile', { inUse: () => false });
  t.same(readdirSync(store.layers), [], 'all of it can be removed, however deep it is');
  t.ok(shapes.length >= 10);
});

t.test('hostile archives: attributes that overlayfs would obey are left out', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const store = await openImageStore(join(scratch, 'state'));
  const path = join(scratch, 'archive.tar');
  const obeyed = ['trusted.overlay.opaque', 'trusted.overlay.redirect', 'user.overlay.metacopy', 'user.kept'];
  writeFileSync(path, tar(...obeyed.map((key) => attribute(key, key, '5'))));
  const { layers } = await importImage(store, { path, name: 'a' });
  const found = describeTree(filesOf(store, layers)).join('\n');
  t.match(found, '"attributes":{"user.kept":"79"}');
  t.notMatch(found, /"attributes":{"(?:trusted|user\.overlay)/);
});

t.test('hostile archives: bombs are refused at their limit', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const store = await openImageStore(join(scratch, 'state'));
  const path = join(scratch, 'bomb');
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  const bombs = {
    'a large file': gzipSync(tar({ name: 'a', content: zeros })),
    'a claimed size': gzipSync(tar({ name: 'a', size: 2 ** 33 - 1 })),
    'zeros after the end': gzipSync(Buffer.concat([tar({ name: 'a' }), zeros])),
    'many entries': gzipSync(tar(...Array.from({ length: 2000 }, (_, index) => ({ name: `${index}` })))),
    'directories nobody named': gzipSync(tar({ name: 'a', pax: { path: 'd/'.repeat(1500) } })),
  };
  for (const [what, bomb] of Object.entries(bombs)) {
    writeFileSync(path, bomb);
    const limits = { unpackedBytes: 32 * 1024 * 1024, entries: 1000 };
    await t.rejects(
      importImage(store, { path, name: 'bomb', limits }),
      { code: 'PEAPOD_IMAGE_INVALID' },
      what,
    );
  }
  t.same(
    [store.layers, store.temporary].flatMap((at) => readdirSync(at)),
    [],
  );
});

t.test('archives: a path is looked up anew when a part of it was replaced', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const store = await openImageStore(join(scratch, 'state'));
  const path = join(scratch, 'archive.tar');
  // d/s is d itself until it becomes a directory of its own.
  writeFileSync(
    path,
    tar(directory('d'), link('d/s', '.'), directory('d/s/s'), file('d/s/x'), directory('d/s/s/y')),
  );
  const { layers } = await importImage(store, { path, name: 'a' });
  const found = readdirSync(filesOf(store, layers), { recursive: true });
  t.same(found.sort(), ['d', 'd/s', 'd/s/s', 'd/s/s/y', 'd/s/x']);
});

t.test('hostile directories: a directory with a link out of it is copied as it is', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const source = join(scratch, 'source');
  mkdirSync(source);
  mkdirSync(join(scratch, 'canary'));
  writeFileSync(join(scratch, 'canary/victim'), 'secret');
  symlinkSync(join(scratch, 'canary'), join(source, 'link'));
  const store = await openImageStore(join(scratch, 'state'));
  const { layers } = await importImage(store, { path: source, name: 'a' });
  t.same(describeTree(filesOf(store, layers)), describeTree(source));
});
