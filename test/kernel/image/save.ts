import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { blobPath } from '../../../src/image/blob.js';
import { digestHex } from '../../../src/image/digest.js';
import { importImage } from '../../../src/image/import.js';
import { blobName } from '../../../src/image/layout.js';
import { loadImages } from '../../../src/image/load.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { describeTree } from './fixtures/describe-tree.js';
import { filesOf } from './fixtures/files-of.js';
import { makeTree } from './fixtures/make-tree.js';
import {
  describeImage,
  installExample,
  makeStore,
  saveTo,
  skopeo,
  subdirectory,
} from './fixtures/stored-image.js';

const skip = requires('root', 'skopeo', 'umoci');
const withPodman = requires('root', 'podman');

t.test('save: an archive has the blobs as they are, and is the same each time', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const store = await makeStore(scratch);
  const record = await installExample(store, scratch, 'app:1');
  const first = await saveTo(join(scratch, 'a.tar'), { store, names: ['app:1'] });
  const second = await saveTo(join(scratch, 'b.tar'), { store, names: ['app:1', 'app:1'] });
  t.ok(readFileSync(first).equals(readFileSync(second)));
  const files = subdirectory(scratch, 'files');
  execFileSync('tar', ['-C', files, '-xf', first]);
  for (const digest of [record.manifest, record.id, ...record.layers.map((layer) => layer.digest)]) {
    t.ok(readFileSync(join(files, blobName(digest))).equals(readFileSync(blobPath(store, digest))), digest);
  }
});

t.test('save: skopeo copies an archive to an equal layout', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const store = await makeStore(scratch);
  const record = await installExample(store, scratch, 'app:1');
  const archive = await saveTo(join(scratch, 'a.tar'), { store, names: ['app:1'] });
  const source = `oci-archive:${archive}:docker.io/library/app:1`;
  t.match(JSON.parse(skopeo('inspect', source)), { Digest: record.manifest, Env: ['A=1'] });
  skopeo('copy', '--preserve-digests', source, `oci:${scratch}/layout:app`);
  const index = JSON.parse(readFileSync(`${scratch}/layout/index.json`, 'utf8'));
  t.equal(index.manifests[0].digest, record.manifest);
  const asDocker = `docker-archive:${archive}:app:1`;
  t.same(
    JSON.parse(skopeo('inspect', '--config', asDocker)),
    JSON.parse(skopeo('inspect', '--config', source)),
  );
});

t.test('save: umoci unpacks an archive to what was imported', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const store = await makeStore(scratch);
  const tree = subdirectory(scratch, 'tree');
  makeTree(tree);
  const { layers } = await importImage(store, {
    path: tree,
    name: 'localhost/tree:1',
    changes: ['CMD ["a"]'],
  });
  const archive = await saveTo(join(scratch, 'a.tar'), { store, names: ['localhost/tree:1'] });
  skopeo(
    'copy',
    '--preserve-digests',
    `oci-archive:${archive}:localhost/tree:1`,
    `oci:${scratch}/layout:tree`,
  );
  execFileSync('umoci', ['unpack', '--image', `${scratch}/layout:tree`, `${scratch}/bundle`], {
    stdio: 'pipe',
  });
  // To Go's tar reader, which umoci uses, an empty value takes an attribute away.
  const expected = describeTree(filesOf(store, layers)).map((line) => line.replace('"user.empty":""', ''));
  t.same(describeTree(`${scratch}/bundle/rootfs`), expected);
  const { process } = JSON.parse(readFileSync(`${scratch}/bundle/config.json`, 'utf8'));
  t.same(process.args, ['a']);
});

t.test(
  'save: podman loads an archive, and what it saves again is the same image',
  { skip: withPodman },
  async (t) => {
    const scratch = scratchDirectory(t);
    const store = await makeStore(scratch);
    const record = await installExample(store, scratch, 'app:1');
    const archive = await saveTo(join(scratch, 'a.tar'), { store, names: ['app:1'] });
    const own = [
      '--root',
      `${scratch}/podman`,
      '--runroot',
      `${scratch}/podman-run`,
      '--storage-driver',
      'vfs',
    ];
    const podman = (...args: string[]) =>
      execFileSync('podman', [...own, ...args], { encoding: 'utf8', stdio: 'pipe' });
    podman('load', '-i', archive);
    t.match(JSON.parse(podman('image', 'inspect', 'app:1')), [
      { Id: digestHex(record.id), Digest: record.manifest, RepoTags: ['docker.io/library/app:1'] },
    ]);
    for (const format of ['docker-archive', 'oci-archive']) {
      const path = join(scratch, `${format}.tar`);
      podman('save', '--format', format, '-o', path, 'app:1');
      const other = await makeStore(scratch);
      const [again, ...more] = await loadImages(other, { path });
      t.same(more, []);
      t.equal(again?.reference, record.reference, format);
      t.same(again && describeImage(other, again), describeImage(store, record), format);
    }
  },
);

t.test('save: for docker alone there is no layout', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const store = await makeStore(scratch);
  const { id } = await installExample(store, scratch, 'app:1');
  const names = ['app:1', id];
  const archive = await saveTo(join(scratch, 'a.tar'), { store, names, format: 'docker-archive' });
  const listing = execFileSync('tar', ['-tf', archive], { encoding: 'utf8' });
  t.notMatch(listing, /index\.json|oci-layout/);
  const manifest = execFileSync('tar', ['-xOf', archive, 'manifest.json'], { encoding: 'utf8' });
  t.match(JSON.parse(manifest), [{ Config: `blobs/sha256/${digestHex(id)}`, RepoTags: ['app:1'] }]);
  skopeo('copy', `docker-archive:${archive}:app:1`, `oci:${scratch}/layout:app`);
});

t.test('save: what is damaged, missing or the host is refused', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const store = await makeStore(scratch);
  const { layers } = await installExample(store, scratch, 'app:1');
  const path = join(scratch, 'a.tar');
  await t.rejects(saveTo(path, { store, names: ['missing'] }), { code: 'PEAPOD_IMAGE_MISSING' });
  await t.rejects(saveTo(path, { store, names: ['host'] }), { code: 'PEAPOD_UNSUPPORTED' });
  const signal = AbortSignal.abort(new Error('enough'));
  await t.rejects(saveTo(path, { store, names: ['app:1'], signal }), { message: 'enough' });
  const blob = blobPath(store, layers[1]?.digest ?? 'sha256:');
  const bytes = readFileSync(blob);
  bytes[600] = (bytes[600] ?? 0) ^ 1;
  writeFileSync(blob, bytes);
  await t.rejects(saveTo(path, { store, names: ['app:1'] }), {
    code: 'PEAPOD_IMAGE_INVALID',
    message: /damaged/,
  });
});

t.test('save: our pause is an image like others', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const archive = await saveTo(join(scratch, 'a.tar'), { store: await makeStore(scratch), names: ['pause'] });
  mkdirSync(`${scratch}/files`);
  execFileSync('tar', ['-C', `${scratch}/files`, '-xf', archive]);
  t.match(JSON.parse(readFileSync(`${scratch}/files/manifest.json`, 'utf8')), [
    { RepoTags: ['pause:latest'] },
  ]);
});
