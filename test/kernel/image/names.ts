import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { collectGarbage, usedLayers } from '../../../src/image/collect.js';
import { inspectImage } from '../../../src/image/inspect.js';
import { installImage } from '../../../src/image/install.js';
import { layerFiles } from '../../../src/image/layer.js';
import { listImages } from '../../../src/image/list.js';
import { removeImage } from '../../../src/image/remove.js';
import { resolveImage } from '../../../src/image/resolve.js';
import { type ImageStore, openImageStore } from '../../../src/image/store.js';
import { tagImage } from '../../../src/image/tag.js';
import { executablePath } from '../../../src/kernel/memfd.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { diffIdOf, MemorySource } from '../../unit/image/fixtures/memory-source.js';
import { tar } from '../../unit/image/fixtures/tar-bytes.js';
import { countFiles, nothing } from './fixtures/store-files.js';

const skip = requires('root');
const inUse = () => false;
const digestOfIndex = `sha256:${'1'.repeat(64)}` as const;

const layer = (name: string) => tar({ name, content: name });

/** A store with one image of two layers, `nginx`, as if it had been pulled by an index. */
async function storeWithNginx(t: { teardown(work: () => unknown): unknown }) {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const source = new MemorySource({ layers: [layer('a'), layer('b')], config: { Cmd: ['nginx'] } });
  source.indexDigest = digestOfIndex;
  const record = await installImage(store, source, { reference: 'nginx', isPulled: true });
  return { store, source, record };
}

async function idsOf(store: ImageStore, ...names: string[]): Promise<string[]> {
  return await Promise.all(names.map(async (name) => (await resolveImage(store, name)).id));
}

t.test('resolve: an image is found by its names, digests and id', { skip }, async (t) => {
  const { store, source, record } = await storeWithNginx(t);
  const id = source.config;
  const names = [
    ...['nginx', 'nginx:latest', 'docker.io/library/nginx', `nginx@${source.document.digest}`],
    ...[`nginx@${digestOfIndex}`, `nginx:other@${digestOfIndex}`],
    ...[id, id.slice(7), id.slice(7, 19), `sha256:${id.slice(7, 19)}`],
  ];
  t.same(new Set(await idsOf(store, ...names)), new Set([id]));
  const absent = [
    `other@${digestOfIndex}`,
    `nginx@sha256:${'2'.repeat(64)}`,
    '2'.repeat(64),
    'nginx:1',
    id.slice(7, 18),
  ];
  for (const name of absent)
    await t.rejects(resolveImage(store, name), { code: 'PEAPOD_IMAGE_MISSING' }, name);
  await t.rejects(resolveImage(store, 'sha256:xyz@'), { code: 'PEAPOD_IMAGE_INVALID' });
  t.match(await resolveImage(store, 'nginx'), {
    repoDigest: `docker.io/library/nginx@${digestOfIndex}`,
    config: { cmd: ['nginx'] },
    rootfs: { kind: 'overlay' },
  });
  const { rootfs } = await resolveImage(store, 'nginx');
  const topFirst = record.layers.toReversed().map(({ diffId }) => store.unpacked.get(diffId)?.link);
  t.same(rootfs.kind === 'overlay' && rootfs.layers, topFirst);
});

t.test('resolve: a name wins over an id that begins alike', { skip }, async (t) => {
  const { store, source } = await storeWithNginx(t);
  const name = source.config.slice(7, 19);
  const other = new MemorySource({ layers: [layer('c')] });
  await installImage(store, other, { reference: `${name}` });
  t.same(await idsOf(store, name), [other.config]);
});

t.test('tag: gives another name, and a name moves', { skip }, async (t) => {
  const { store, source } = await storeWithNginx(t);
  const other = new MemorySource({ layers: [layer('c')] });
  await installImage(store, other, { reference: 'other' });
  await tagImage(store, 'nginx', 'localhost:5000/web:1');
  t.same(await idsOf(store, 'localhost:5000/web:1'), [source.config]);
  await tagImage(store, other.config.slice(7, 20), 'nginx');
  t.same(await idsOf(store, 'nginx', 'localhost:5000/web:1'), [other.config, source.config]);
  await t.rejects(tagImage(store, 'none', 'x'), { code: 'PEAPOD_IMAGE_MISSING' });
  await t.rejects(tagImage(store, 'nginx', 'pause'), { code: 'PEAPOD_CONFLICT' });
  await t.rejects(tagImage(store, 'host', 'x'), { code: 'PEAPOD_UNSUPPORTED' });
  await t.rejects(tagImage(store, 'nginx', `x@${digestOfIndex}`), { code: 'PEAPOD_USAGE' });
  const later = await openImageStore(store.stateDirectory);
  t.same(await idsOf(later, 'nginx', 'localhost:5000/web:1'), [other.config, source.config]);
});

t.test('remove: all but the last name only untag', { skip }, async (t) => {
  const { store, record } = await storeWithNginx(t);
  await tagImage(store, 'nginx', 'web');
  await t.rejects(removeImage(store, record.id, { inUse }), {
    code: 'PEAPOD_CONFLICT',
    hint: /nginx:latest, web:latest/,
  });
  const busy = { inUse: () => true };
  t.same(await removeImage(store, 'web', busy), {
    ...{ untagged: ['docker.io/library/web:latest'], id: undefined, blobs: [], layers: [] },
  });
  await t.rejects(removeImage(store, 'nginx', busy), { code: 'PEAPOD_CONFLICT' });
  t.equal((await listImages(store)).length, 3, 'refused, it is still there, next to those that are built in');
  const removed = await removeImage(store, record.id.slice(7, 30), { inUse });
  t.match(removed, { untagged: ['docker.io/library/nginx:latest'], id: record.id });
  t.same(new Set(removed.layers), new Set(record.layers.map(({ diffId }) => diffId)));
  await t.rejects(removeImage(store, 'nginx', { inUse }), { code: 'PEAPOD_IMAGE_MISSING' });
  for (const name of ['host', 'pause'])
    await t.rejects(removeImage(store, name, { inUse }), { code: 'PEAPOD_CONFLICT' });
});

t.test('remove: forced, all names go, and the layers when nobody uses them any more', { skip }, async (t) => {
  const { store, record } = await storeWithNginx(t);
  await tagImage(store, 'nginx', 'web');
  const { rootfs } = await resolveImage(store, 'nginx');
  const links = rootfs.kind === 'overlay' ? rootfs.layers : [];
  const removed = await removeImage(store, record.id, { inUse: usedLayers(links), isForced: true });
  t.match(removed, { untagged: { length: 2 }, layers: [] });
  t.match(countFiles(store), { names: 0, blobs: 0, layers: 2 });
  await collectGarbage(store, usedLayers(links.slice(1)));
  t.same([...store.unpacked.keys()], [diffIdOf(layer('a'))]);
  await collectGarbage(store, usedLayers([]));
  t.same(countFiles(store), nothing);
});

t.test('remove: a layer that two images share goes with the last of them', { skip }, async (t) => {
  const { store } = await storeWithNginx(t);
  await installImage(store, new MemorySource({ layers: [layer('a'), layer('c')] }), { reference: 'other' });
  const removed = await removeImage(store, 'nginx', { inUse: (id) => id === diffIdOf(layer('a')).slice(7) });
  t.same(removed.layers, [diffIdOf(layer('b'))]);
});

t.test('list: shows each name with sizes and digests, and what is built in', { skip }, async (t) => {
  const { store, source } = await storeWithNginx(t);
  await tagImage(store, 'nginx', 'web');
  const names = ['docker.io/library/nginx:latest', 'docker.io/library/web:latest'];
  const sizes = { sizeBytes: 2, blobBytes: layer('a').length + layer('b').length };
  t.match(await listImages(store), [
    ...names.map((reference) => ({
      reference,
      names,
      id: source.config,
      digest: digestOfIndex,
      ...sizes,
      isBuiltIn: false,
    })),
    { reference: 'docker.io/library/host:latest', id: 'host', isBuiltIn: true },
    { reference: 'docker.io/library/pause:latest', id: /^sha256:/, createdAt: '', isBuiltIn: true },
  ]);
});

t.test('inspect: says in the words of docker what an image is', { skip }, async (t) => {
  const { store, source, record } = await storeWithNginx(t);
  await tagImage(store, 'nginx', 'web');
  t.match(await inspectImage(store, 'web'), {
    Id: source.config,
    RepoTags: ['nginx:latest', 'web:latest'],
    RepoDigests: [`nginx@${digestOfIndex}`],
    Architecture: 'amd64',
    Size: 2,
    Config: { Cmd: ['nginx'] },
    RootFS: { Type: 'layers', Layers: record.layers.map(({ diffId }) => diffId) },
    Peapod: { ManifestDigest: source.document.digest, Damaged: [], IsBuiltIn: false },
  });
  t.match(await inspectImage(store, 'host'), { Id: 'host', Peapod: { IsBuiltIn: true } });
  t.match(await inspectImage(store, 'pause'), { Config: { Entrypoint: ['/pause'], User: '65535:65535' } });
  await t.rejects(inspectImage(store, 'none'), { code: 'PEAPOD_IMAGE_MISSING' });
});

t.test('pause: Kubernetes’ references are ours where it was not pulled', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const names = [
    'pause',
    'registry.k8s.io/pause:3.9',
    'k8s.gcr.io/pause',
    'gcr.io/google_containers/pause-amd64:3.0',
  ];
  const [id, ...others] = await idsOf(store, ...names);
  for (const other of others) t.equal(other, id);
  const image = await resolveImage(store, 'pause');
  t.match(image.config, { entrypoint: ['/pause'], user: '65535:65535' });
  const [{ diffId } = { diffId: undefined }] =
    store.records.get('docker.io/library/pause:latest')?.layers ?? [];
  const files = diffId === undefined ? '' : layerFiles(store, diffId);
  t.same(readFileSync(join(files, 'pause')), readFileSync(executablePath('pause')));
  await t.rejects(resolveImage(store, `registry.k8s.io/pause@sha256:${'1'.repeat(64)}`), {
    code: 'PEAPOD_IMAGE_MISSING',
  });
  const pulled = new MemorySource({ layers: [layer('theirs')] });
  await installImage(store, pulled, { reference: 'registry.k8s.io/pause:3.9' });
  t.same(await idsOf(store, 'registry.k8s.io/pause:3.9', 'registry.k8s.io/pause:3.8'), [pulled.config, id]);
  await t.rejects(installImage(store, pulled, { reference: 'pause' }), { code: 'PEAPOD_CONFLICT' });
});
