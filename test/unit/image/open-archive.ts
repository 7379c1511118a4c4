import t from 'tap';
import { digestOf } from '../../../src/image/digest.js';
import { mediaTypes } from '../../../src/image/manifest.js';
import { describe, dockerEntries, image, json, layer, layoutEntries, read } from './fixtures/archives.js';
import { MemorySource } from './fixtures/memory-source.js';
import { type RawEntry, tar } from './fixtures/tar-bytes.js';

t.test('archive: both forms are read, and give out their layers', async (t) => {
  for (const entries of [dockerEntries(), layoutEntries()]) {
    const { manifests } = await read(t, tar(...entries));
    t.equal(manifests.length, 1);
    t.equal(manifests[0]?.content, true);
    t.same(manifests[0]?.document.layers, [
      { mediaType: mediaTypes.ociLayer, digest: digestOf(layer), size: layer.length },
    ]);
  }
});

t.test('archive: names are those the archive says, in the words of each of its writers', async (t) => {
  const at = (annotations: object, bytes = image.document.bytes) => describe(bytes, { annotations });
  const names = async (...entries: object[]) => (await read(t, tar(...layoutEntries({ entries })))).names;
  const whole = { 'io.containerd.image.name': 'docker.io/library/a:1' };
  const tag = { 'org.opencontainers.image.ref.name': 'latest' };
  const reference = { 'org.opencontainers.image.ref.name': 'localhost/b:2' };
  t.same(await names(at({ ...whole, ...tag })), [['docker.io/library/a:1']]);
  t.same(await names(at(reference)), [['localhost/b:2']]);
  t.same(await names(at(tag)), [[]], 'a tag alone is no name');
  t.same(
    await names(at(whole), at(reference)),
    [['docker.io/library/a:1', 'localhost/b:2']],
    'two of one image',
  );
  t.same((await read(t, tar(...dockerEntries({ RepoTags: null })))).names, [[]]);
  t.same((await read(t, tar(...dockerEntries({ RepoTags: ['<none>:<none>', 'a', 'b'] })))).names, [
    ['a', 'b'],
  ]);
});

t.test('archive: of an image for several platforms it is the one for this machine', async (t) => {
  const other = Buffer.from('{}');
  const on = (bytes: Buffer, architecture: string) =>
    describe(bytes, { platform: { os: 'linux', architecture } });
  const entries = [on(other, 'arm64'), on(image.document.bytes, 'amd64')];
  const flat = await read(t, tar(...layoutEntries({ entries, blobs: [other] })));
  const index = Buffer.from(json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries }));
  const nested = await read(
    t,
    tar(
      ...layoutEntries({
        entries: [describe(index, { mediaType: mediaTypes.ociIndex })],
        blobs: [index, other],
      }),
    ),
  );
  for (const { manifests } of [flat, nested]) t.same(manifests[0]?.document.config.digest, image.config);
  t.same(nested.manifests[0]?.indexDigest, digestOf(index));
});

t.test('archive: two images of one name are not one, and of none they are two', async (t) => {
  const second = new MemorySource({ layers: [layer], config: { User: '1' } });
  const blobs = [second.document.bytes, ...second.blobs.values()];
  const both = (over: object) => [image, second].map(({ document }) => describe(document.bytes, over));
  const platform = { os: 'linux', architecture: 'amd64' };
  const unique = blobs.filter((blob) => !blob.equals(layer));
  const unnamed = await read(t, tar(...layoutEntries({ entries: both({ platform }), blobs: unique })));
  t.same(unnamed.names, [[], []]);
  const annotations = { 'io.containerd.image.name': 'a' };
  await t.rejects(read(t, tar(...layoutEntries({ entries: both({ annotations }), blobs: unique }))), {
    code: 'PEAPOD_IMAGE_INVALID',
    message: /"a" twice/,
  });
});

t.test('archive: a link leads to another entry, or nowhere', async (t) => {
  const [manifest, config, content] = dockerEntries() as [RawEntry, RawEntry, RawEntry];
  const linked = (link: string, type = '2') =>
    tar(manifest, config, { ...content, name: 'other/layer.tar' }, { name: 'l/layer.tar', type, link });
  for (const link of ['../other/layer.tar', '/other/layer.tar', '../../../other/./layer.tar']) {
    t.equal((await read(t, linked(link))).manifests[0]?.content, true, link);
  }
  const beside = tar(
    manifest,
    config,
    { ...content, name: 'l/real.tar' },
    { name: 'l/layer.tar', type: '2', link: 'real.tar' },
  );
  t.equal((await read(t, beside)).manifests[0]?.content, true, 'from where it lies');
  t.equal((await read(t, linked('other/layer.tar', '1'))).manifests[0]?.content, true, 'a hard link');
  for (const link of [
    '../l/layer.tar',
    '/etc/passwd',
    '../../../../etc/passwd',
    'layer.tar',
    '..',
    '../other',
  ]) {
    await t.rejects(read(t, linked(link)), { code: 'PEAPOD_IMAGE_INVALID', message: /Cannot/ }, link);
  }
});
