import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { importImage } from '../../../src/image/import.js';
import { removeImage } from '../../../src/image/remove.js';
import { openImageStore } from '../../../src/image/store.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { pax, type RawEntry, rawEntry, tar } from '../../unit/image/fixtures/tar-bytes.js';
import { describeTree } from './fixtures/describe-tree.js';

const skip = requires('root');

interface Shape {
  /** Whether the archive is unpacked, inside, or refused. */
  readonly outcome: 'inside' | 'refused';
  readonly archive: Buffer;
}

function inside(...entries: RawEntry[]): Shape {
  return { outcome: 'inside', archive: tar(...entries) };
}

function refused(...entries: RawEntry[]): Shape {
  return { outcome: 'refused', archive: tar(...entries) };
}

const link = (name: string, target: string): RawEntry => ({ name, type: '2', link: target });
const hard = (name: string, target: string): RawEntry => ({ name, type: '1', link: target });
const file = (name: string): RawEntry => ({ name, content: 'evil', mode: 0o777, uid: 666, mtime: 1 });
const directory = (name: string): RawEntry => ({ name, type: '5', mode: 0o777, uid: 666, mtime: 1 });
const attribute = (name: string, key: string, type = '0'): RawEntry => ({
  name,
  type,
  pax: { [`SCHILY.xattr.${key}`]: 'y' },
});

/** Archives that try to read, make or change something outside; `canary` is an absolute path there. */
function hostileShapes(canary: string): Record<string, Shape> {
  const up = '../'.repeat(20) + canary.slice(1);
  const deepName = 'd/'.repeat(2000);
  return {
    'climbs by its name': refused(file(`${up}/victim`)),
    'climbs from within': refused(file(`a/../..${canary}/victim`)),
    'is named ..': refused(directory('..')),
    'is named by an absolute path': inside(file(`${canary}/victim`)),
    'replaces the root by a symlink': refused(link('./', canary), file('victim')),
    'replaces the root by a file': refused(file('.')),
    'writes through an absolute symlink': refused(link('a', canary), file('a/victim')),
    'writes through a symlink that is there inside': inside(
      directory(canary),
      link('a', canary),
      file('a/victim'),
    ),
    'writes through a relative symlink': refused(link('a', up), file('a/victim')),
    'writes through two symlinks': refused(link('a', 'b'), link('b', canary), file('a/victim')),
    'writes through a symlink in a directory': refused(
      directory('d'),
      link('d/a', `../${up}`),
      file('d/a/victim'),
    ),
    'writes onto a symlink to a file': inside(link('a', `${canary}/victim`), file('a')),
    'writes onto a hard link of a symlink': inside(link('a', `${canary}/victim`), hard('b', 'a'), file('b')),
    'makes a directory onto a symlink': inside(link('a', canary), directory('a'), file('a/victim')),
    'makes a directory beneath a symlink': refused(link('a', canary), directory('a/new')),
    'hard-links an absolute path': refused(hard('a', `${canary}/victim`), file('a')),
    'hard-links a path that climbs': refused(hard('a', `${up}/victim`), file('a')),
    'hard-links through a symlink': refused(link('d', canary), hard('a', 'd/victim'), file('a')),
    'hard-links a directory': refused(directory('d'), hard('a', 'd')),
    'hard-links the root': refused(hard('a', '.')),
    'hard-links itself': inside(file('a'), hard('a', 'a')),
    'hard-links itself by a symlink': inside(directory('d'), link('s', 'd'), file('d/a'), hard('s/a', 'd/a')),
    'hard-links what is not there': refused(hard('a', 'b')),
    'replaces a directory by a link to what is in it': inside(directory('d'), file('d/a'), hard('d', 'd/a')),
    'changes the mode through a symlink': inside(link('a', `${canary}/victim`), {
      ...hard('b', 'a'),
      mode: 0o777,
    }),
    'changes a time through a symlink': inside(directory('a'), file('a/b'), link('a', canary)),
    'sets an attribute through a symlink': inside({
      ...attribute('a', 'user.x', '2'),
      link: `${canary}/victim`,
    }),
    'follows a magic link': refused(link('a', '/proc/self/root'), file(`a${canary}/victim`)),
    'follows a magic link to a descriptor': refused(link('a', '/proc/self/fd/0'), file('a/victim')),
    'goes in a circle': refused(link('a', 'b'), link('b', 'a'), file('a/victim')),
    'goes through more symlinks than the kernel follows': refused(
      ...Array.from({ length: 50 }, (_, index) => link(`l${index}`, `l${index + 1}`)),
      directory('l50'),
      file('l0/victim'),
    ),
    'goes through a file': refused(file('a'), file('a/b')),
    'has a dangling symlink on the way': refused(link('a', 'nowhere'), file('a/b')),
    'has a component of 256 bytes': refused(file('x'.repeat(100)), {
      ...file('a'),
      pax: { path: 'x'.repeat(256) },
    }),
    'has a name of 4095 bytes': inside({ ...file('a'), pax: { path: `${deepName}${'x'.repeat(95)}` } }),
    'has a name of 4096 bytes': refused({ ...file('a'), pax: { path: 'y/'.repeat(2048) } }),
    'is deeper than PATH_MAX': inside(
      { ...directory('a'), pax: { path: deepName } },
      { ...link('s', ''), pax: { linkpath: deepName.slice(0, -1) } },
      { ...file('b'), pax: { path: `s/${deepName}victim` } },
    ),
    'has a symlink longer than PATH_MAX': refused({ ...link('s', ''), pax: { linkpath: 'z'.repeat(4096) } }),
    'has an empty symlink': refused(link('s', '')),
    'has a NUL in a name': refused({ ...file('a'), pax: { path: `a\0${up}` } }),
    'has a name of dots and slashes': inside(file('.//./a/.//b')),
    'has only a slash for a name': inside(directory('/')),
    'has a device that overlayfs takes for a whiteout': refused({ name: 'a', type: '3', major: 0, minor: 0 }),
    'has a device': inside(
      { name: 'a', type: '3', major: 1, minor: 3 },
      { name: 'b', type: '4', major: 8, minor: 0 },
    ),
    'replaces a device by a file': inside({ name: 'a', type: '3', major: 1, minor: 3 }, file('a')),
    'replaces a FIFO by a file': inside({ name: 'a', type: '6' }, file('a')),
    'writes onto a FIFO as a directory': refused({ name: 'a', type: '6' }, file('a/b')),
    'has overlayfs attributes': inside(
      attribute('a', 'trusted.overlay.opaque', '5'),
      attribute('b', 'trusted.overlay.redirect', '5'),
      attribute('c', 'user.overlay.metacopy'),
      attribute('d', 'trusted.overlay.metacopy'),
    ),
    'has an attribute with a name of 300 bytes': refused(attribute('a', `user.${'n'.repeat(300)}`)),
    'has an attribute of 100 kB': refused({ name: 'a', pax: { 'SCHILY.xattr.user.x': 'v'.repeat(100_000) } }),
    'has a malformed capability': refused(attribute('a', 'security.capability')),
    'has whiteout names': inside(file('.wh.a'), file('.wh..wh..opq'), file('.wh..'), file('.wh.')),
    'is a sparse file': refused({ ...file('a'), type: 'S' }),
    'claims more than it has': refused({ ...file('a'), size: 2 ** 32 }),
    'says everything for all': {
      outcome: 'refused',
      archive: Buffer.concat([
        rawEntry({ type: 'g', content: pax({ path: `${up}/victim` }) }),
        tar(file('a')),
      ]),
    },
    'replaces the directory it writes to by a symlink': refused(
      directory('d'),
      file('d/a'),
      link('d', canary),
      file('d/victim'),
    ),
    'replaces a directory through a symlink to itself': inside(
      directory('d'),
      link('d/s', '.'),
      directory('d/s/s'),
      file('d/s/x'),
    ),
  };
}

t.test('hostile archives: each is unpacked inside or refused, and the canary lives', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const canary = join(scratch, 'canary');
  mkdirSync(canary);
  writeFileSync(join(canary, 'victim'), 'untouched', { mode: 0o600 });
  const store = await openImageStore(join(scratch, 'state'));
  const shapes = Object.entries(hostileShapes(canary));
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
  await removeImage(store, 'hostile', () => false);
  t.same(readdirSync(store.layers), [], 'all of it can be removed, however deep it is');
  t.ok(shapes.length >= 30);
});

t.test('hostile archives: attributes that overlayfs would obey are left out', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const store = await openImageStore(join(scratch, 'state'));
  const path = join(scratch, 'archive.tar');
  const obeyed = ['trusted.overlay.opaque', 'trusted.overlay.redirect', 'user.overlay.metacopy', 'user.kept'];
  writeFileSync(path, tar(...obeyed.map((key) => attribute(key, key, '5'))));
  const { layers } = await importImage(store, { path, name: 'a' });
  const found = describeTree(join(store.layers, layers[0]?.id ?? '', 'fs')).join('\n');
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
  const root = join(store.layers, layers[0]?.id ?? '', 'fs');
  t.same(readdirSync(root, { recursive: true }).sort(), ['d', 'd/s', 'd/s/s', 'd/s/s/y', 'd/s/x']);
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
  t.same(describeTree(join(store.layers, layers[0]?.id ?? '', 'fs')), describeTree(source));
});
