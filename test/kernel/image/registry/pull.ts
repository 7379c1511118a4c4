import t from 'tap';
import { mediaTypes } from '../../../../src/image/manifest.js';
import { parseReference } from '../../../../src/image/reference.js';
import { resolveDigest } from '../../../../src/image/registry/registry-source.js';
import { requires } from '../../../scratch.js';
import { describe, json, testImage } from './fixtures/image.js';
import { answerProperly, send, sendManifest, type Turn } from './fixtures/local-registry.js';
import { hastyTiming, pull, registryOptions } from './fixtures/pull.js';
import { withRegistries } from './fixtures/with-registries.js';

const skip = requires('root', 'ip');

for (const kind of ['oci', 'docker'] as const) {
  t.test(`registry source: an image is had by tag and by digest (${kind})`, { skip }, async (t) => {
    const work = async ({ host, asked }: { host: string; asked: readonly { url: string }[] }) => {
      const byTag = await pull(`${host}/a/b:v1`);
      t.match(byTag, { digest: image.manifestDigest, mediaType: image.mediaType, indexDigest: undefined });
      t.same(byTag.blobs, [...image.blobs.values()]);
      t.same((await pull(`${host}/a/b:v1@${image.manifestDigest}`)).bytes, image.manifest);
      const manifests = asked.map(({ url }) => url).filter((url) => url.includes('/manifests/'));
      t.same(manifests, ['/v2/a/b/manifests/v1', `/v2/a/b/manifests/${image.manifestDigest}`]);
    };
    const image = testImage({ kind });
    await withRegistries(t, work, image);
  });
}

t.test('registry source: of an index, the manifest for this machine is had', { skip }, async (t) => {
  await withRegistries(t, async (registry, _, image) => {
    const other = describe(json({}), mediaTypes.ociManifest);
    const index = json({
      schemaVersion: 2,
      manifests: [
        { ...other, platform: { os: 'linux', architecture: 'arm64' } },
        { ...describe(image.manifest, image.mediaType), platform: { os: 'linux', architecture: 'amd64' } },
      ],
    });
    const manifest = (turn: Turn) =>
      turn.asked.url.endsWith('/v1') || turn.asked.url.endsWith(describe(index, '').digest)
        ? sendManifest(turn.response, index, mediaTypes.ociIndex)
        : answerProperly(turn);
    registry.behave({ manifest });
    const indexDigest = describe(index, '').digest;
    for (const suffix of [':v1', `@${indexDigest}`]) {
      t.match(await pull(`${registry.host}/a/b${suffix}`), { digest: image.manifestDigest, indexDigest });
    }
  });
});

t.test('registry source: addresses of layers elsewhere are not asked', { skip }, async (t) => {
  await withRegistries(t, async (registry, elsewhere, image) => {
    const plain = JSON.parse(image.manifest.toString());
    const layers = plain.layers.map((layer: object) => ({ ...layer, urls: [`${elsewhere.origin}/layer`] }));
    const body = json({ ...plain, layers });
    registry.behave({ manifest: ({ response }) => sendManifest(response, body, image.mediaType) });
    t.same((await pull(`${registry.host}/a/b`)).blobs, [...image.blobs.values()]);
    t.same(elsewhere.asked, []);
  });
});

t.test('resolveDigest: asks for a header, or for all where there is none', { skip }, async (t) => {
  await withRegistries(t, async (registry, _, image) => {
    const reference = parseReference(`${registry.host}/a/b:v1`);
    t.equal(await resolveDigest(reference, registryOptions()), image.manifestDigest);
    t.same(
      registry.asked.map(({ method }) => method),
      ['HEAD', 'GET'],
    );
    const headers = { 'docker-content-digest': image.manifestDigest };
    registry.behave({ manifest: ({ response }) => send(response, 200, '', headers) });
    t.equal(await resolveDigest(reference, registryOptions()), image.manifestDigest);
    t.same(
      registry.asked.map(({ method }) => method),
      ['HEAD'],
    );
    registry.behave({ manifest: ({ response }) => send(response, 404) });
    await t.rejects(resolveDigest(reference, registryOptions()), { code: 'PEAPOD_IMAGE_MISSING' });
  });
});

t.test('registry source: what is ill for a moment is asked again', { skip }, async (t) => {
  await withRegistries(t, async (registry, _, image) => {
    const slept: number[] = [];
    const timing = hastyTiming(slept);
    registry.behave({
      manifest: (turn) =>
        turn.count === 1 ? send(turn.response, 429, '', { 'retry-after': '7' }) : answerProperly(turn),
      layer: (turn) => (turn.count < 4 ? send(turn.response, 502) : answerProperly(turn)),
    });
    t.same((await pull(`${registry.host}/a/b`, { timing })).blobs, [...image.blobs.values()]);
    t.same(slept, [7000, 1000, 2000, 4000]);
  });
});

t.test('registry source: an aborted pull ends with the reason', { skip }, async (t) => {
  await withRegistries(t, async (registry) => {
    const reason = new Error('enough');
    const abortOn = (kind: 'manifest' | 'layer', answer: (turn: Turn) => unknown) => {
      const controller = new AbortController();
      registry.behave({
        [kind]: (turn: Turn) => {
          answer(turn);
          setTimeout(() => controller.abort(reason), 50);
        },
      });
      return pull(`${registry.host}/a/b`, {}, controller.signal);
    };
    const half = ({ response }: Turn) => response.writeHead(200, { 'content-length': '301568' }).write('x');
    await t.rejects(
      abortOn('manifest', () => {}),
      reason,
      'before an answer',
    );
    await t.rejects(abortOn('manifest', half), reason, 'in a manifest');
    await t.rejects(
      abortOn('layer', () => {}),
      reason,
      'before a blob',
    );
    await t.rejects(abortOn('layer', half), reason, 'in a blob');
    registry.behave({});
    await t.rejects(pull(`${registry.host}/a/b`, {}, AbortSignal.abort(reason)), reason, 'before all');
    t.same(registry.asked, []);
  });
});

t.test('registry source: nobody who listens is told at once', { skip }, async (t) => {
  await withRegistries(t, async () => {
    const slept: number[] = [];
    const options = { timing: hastyTiming(slept) };
    const unreachable = { code: 'PEAPOD_REGISTRY_UNAVAILABLE', message: /127\.0\.0\.1:1 cannot be reached/ };
    await t.rejects(pull('127.0.0.1:1/a/b', options), unreachable);
    await t.rejects(pull('no.such.host.invalid/a/b', options), { code: 'PEAPOD_REGISTRY_UNAVAILABLE' });
    t.same(slept.length <= 2, true);
  });
});
