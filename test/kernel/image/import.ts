import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { importImage } from '../../../src/image/import.js';
import { resolveImage } from '../../../src/image/resolve.js';
import { openImageStore } from '../../../src/image/store.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { describeTree } from './fixtures/describe-tree.js';
import { filesOf } from './fixtures/files-of.js';
import { makeTree } from './fixtures/make-tree.js';

const skip = requires('root');
const keepAttributes = ['--xattrs', '--xattrs-include=*'];

function tarOf(directory: string, tarball: string, ...options: string[]): string {
  execFileSync('tar', [...options, '-C', directory, '-cf', tarball, '.'], { stdio: 'pipe' });
  return tarball;
}

function subdirectory(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path);
  return path;
}

t.test('import: a tarball unpacks to what GNU tar unpacks', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const source = subdirectory(scratch, 'source');
  makeTree(source);
  const store = await openImageStore(join(scratch, 'state'));
  const formats = {
    pax: tarOf(source, join(scratch, 'pax.tar'), '--format=pax', ...keepAttributes),
    gnu: tarOf(source, join(scratch, 'gnu.tar'), '--format=gnu'),
    'pax.gz': tarOf(source, join(scratch, 'pax.tgz'), '-z', '--format=pax', ...keepAttributes),
  };
  for (const [name, path] of Object.entries(formats)) {
    const oracle = subdirectory(scratch, `oracle-${name}`);
    execFileSync('tar', ['-xpf', path, '--numeric-owner', ...keepAttributes, '-C', oracle]);
    const record = await importImage(store, { path, name });
    t.same(describeTree(filesOf(store, record.layers)), describeTree(oracle), name);
  }
  t.same(readdirSync(store.temporary), [], 'no temporary file stays');
});

t.test('import: a directory is copied with all it has', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const source = subdirectory(scratch, 'source');
  makeTree(source);
  const expected = describeTree(source);
  const store = await openImageStore(join(scratch, 'state'));
  const record = await importImage(store, { path: source, name: 'copy' });
  t.same(describeTree(filesOf(store, record.layers)), expected);
  t.same(describeTree(source), expected, 'and the source is as it was');
});

t.test('import: the same content is stored once, whatever its names', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const source = subdirectory(scratch, 'source');
  writeFileSync(join(source, 'file'), 'content');
  const tarball = tarOf(source, join(scratch, 'a.tar'));
  execFileSync('gzip', ['-k', tarball]);
  const store = await openImageStore(join(scratch, 'state'));
  const records = [
    await importImage(store, { path: tarball, name: 'a' }),
    await importImage(store, { path: `${tarball}.gz`, name: 'b', changes: ['CMD ["/file"]'] }),
    await importImage(store, { path: source, name: 'c' }),
    await importImage(store, { path: source, name: 'd' }),
  ];
  const [a, b, c, d] = records.map(({ layers }) => layers[0]?.diffId);
  t.equal(
    a,
    `sha256:${execFileSync('sha256sum', [tarball]).toString().slice(0, 64)}`,
    'the diff id is the digest of the tar stream',
  );
  t.equal(b, a);
  t.equal(d, c);
  t.not(records[0]?.id, records[1]?.id, 'another configuration is another image');
  t.equal(readdirSync(store.layers).length, 2);
});

t.test(
  'resolve: gives layers by short names that lead to them, and the configuration',
  { skip },
  async (t) => {
    const scratch = scratchDirectory(t);
    const source = subdirectory(scratch, 'source');
    writeFileSync(join(source, 'file'), 'content');
    const store = await openImageStore(join(scratch, 'state'));
    const record = await importImage(store, {
      path: source,
      name: 'nginx',
      changes: ['CMD ["nginx"]', 'USER 101'],
    });
    const image = await resolveImage(store, 'docker.io/library/nginx:latest');
    t.match(image, {
      id: record.id,
      config: { cmd: ['nginx'], user: '101', env: [] },
      rootfs: { kind: 'overlay' },
    });
    const layers = image.rootfs.kind === 'overlay' ? image.rootfs.layers : [];
    t.match(layers, [/^images\/l\/[a-z2-7]{6}$/]);
    t.equal(statSync(join(store.stateDirectory, layers[0] ?? '', 'file')).size, 7);
    t.match(await resolveImage(store, 'host'), { id: 'host', rootfs: { kind: 'host' } });
    await t.rejects(resolveImage(store, 'ngnix'), {
      code: 'PEAPOD_IMAGE_MISSING',
      hint: /nginx:latest, host.*import/,
    });
    await t.rejects(resolveImage(store, 'No Name'), { code: 'PEAPOD_IMAGE_INVALID' });
  },
);

t.test(
  'store: a later engine finds the images, and the names that lead to layers are made anew',
  { skip },
  async (t) => {
    const scratch = scratchDirectory(t);
    const source = subdirectory(scratch, 'source');
    const state = join(scratch, 'state');
    await importImage(await openImageStore(state), { path: source, name: 'a' });
    execFileSync('rm', ['-r', join(state, 'images/l')]);
    const store = await openImageStore(state);
    const { rootfs } = await resolveImage(store, 'a');
    t.ok(rootfs.kind === 'overlay' && statSync(join(state, rootfs.layers[0] ?? '')).isDirectory());
  },
);

t.test('import: what cannot be imported is refused with a reason', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const source = subdirectory(scratch, 'source');
  const store = await openImageStore(join(scratch, 'state'));
  const fifo = join(scratch, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const text = join(scratch, 'text');
  writeFileSync(text, 'this is no archive\n'.repeat(100));
  const xz = join(scratch, 'xz');
  writeFileSync(xz, Buffer.from('fd377a585a00', 'hex'));
  const cut = join(scratch, 'cut.gz');
  writeFileSync(cut, execFileSync('gzip', ['-c', text]).subarray(0, 30));
  const cases: [string, string, string][] = [
    ['PEAPOD_NOT_FOUND', join(scratch, 'missing'), 'a'],
    ['PEAPOD_IMAGE_INVALID', fifo, 'a'],
    ['PEAPOD_IMAGE_INVALID', text, 'a'],
    ['PEAPOD_UNSUPPORTED', xz, 'a'],
    ['PEAPOD_IMAGE_INVALID', cut, 'a'],
    ['PEAPOD_USAGE', scratch, 'a'],
    ['PEAPOD_CONFLICT', source, 'host'],
    ['PEAPOD_CONFLICT', source, 'docker.io/library/pause'],
    ['PEAPOD_IMAGE_INVALID', source, '../a'],
  ];
  for (const [code, path, name] of cases)
    await t.rejects(importImage(store, { path, name }), { code }, `${path} ${name}`);
  await t.rejects(importImage(store, { path: source, name: 'a', changes: ['RUN x'] }), {
    code: 'PEAPOD_USAGE',
  });
  t.same(
    [store.layers, store.names, store.temporary, store.blobs].flatMap((path) => readdirSync(path)),
    [],
  );
});

t.test('store: all of it is for root only', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const { stateDirectory, names, blobs, layers, links, temporary } = store;
  for (const path of [stateDirectory, names, blobs, layers, links, temporary]) {
    t.equal(statSync(path).mode & 0o777, 0o700, path);
  }
});
