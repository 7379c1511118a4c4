import fc from 'fast-check';
import t from 'tap';
import { PeapodError } from '../../../src/errors.js';
import {
  documentKind,
  maxLayers,
  mediaTypes,
  parseIndex,
  parseManifest,
  selectPlatform,
} from '../../../src/image/manifest.js';

const digest = `sha256:${'a'.repeat(64)}`;
const config = { mediaType: mediaTypes.ociConfig, digest, size: 10 };
const layer = { mediaType: mediaTypes.ociLayerGzip, digest, size: 20 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const index = (...platforms: (object | undefined)[]) => ({
  schemaVersion: 2,
  manifests: platforms.map((platform) => ({ mediaType: mediaTypes.ociManifest, digest, size: 1, platform })),
});

function bytes(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

t.test('parseManifest: reads OCI’s and Docker’s', async (t) => {
  t.match(parseManifest(bytes(manifest), `${mediaTypes.ociManifest}; charset=utf-8`), {
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [layer],
  });
  const docker = {
    ...manifest,
    mediaType: mediaTypes.dockerManifest,
    config: { ...config, mediaType: mediaTypes.dockerConfig },
    layers: [
      {
        ...layer,
        mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
        urls: ['file:///x'],
      },
    ],
  };
  t.notOk('urls' in (parseManifest(bytes(docker), mediaTypes.dockerManifest).layers[0] ?? {}));
  for (const type of ['', 'application/json', 'text/plain']) parseManifest(bytes(manifest), type);
  const { mediaType: _, ...silent } = manifest;
  t.equal(parseManifest(bytes(silent), '').mediaType, mediaTypes.ociManifest);
  t.equal(parseManifest(bytes(silent), mediaTypes.dockerManifest).mediaType, mediaTypes.dockerManifest);
});

t.test('parseManifest: what is malformed, or may be read in two ways, is refused', async (t) => {
  const bad: Record<string, unknown> = {
    'no JSON': '{',
    'an array': [],
    'no UTF-8': Buffer.from('7b22ff223a317d', 'hex').toString('latin1'),
    'both kinds': { ...manifest, manifests: [] },
    'an index with a configuration': { ...index(undefined), config },
    'an index': index(undefined),
    'another type inside': { ...manifest, mediaType: mediaTypes.dockerManifest },
    'members in other case': { ...manifest, Layers: [] },
    'a member twice': `{"schemaVersion":2,${JSON.stringify(manifest).slice(1)}`,
    'another version': { ...manifest, schemaVersion: 3 },
    'a digest that climbs': { ...manifest, layers: [{ ...layer, digest: 'sha256:../../etc/passwd' }] },
    'another hash': { ...manifest, layers: [{ ...layer, digest: `sha512:${'a'.repeat(128)}` }] },
    'a size below zero': { ...manifest, layers: [{ ...layer, size: -1 }] },
    'a size of text': { ...manifest, layers: [{ ...layer, size: '1' }] },
    'a size beyond all': { ...manifest, layers: [{ ...layer, size: 2 ** 60 }] },
    'half a byte': { ...manifest, layers: [{ ...layer, size: 0.5 }] },
    'layers of text': { ...manifest, layers: 'none' },
    'no configuration': { ...manifest, config: null },
    'too many layers': { ...manifest, layers: Array.from({ length: maxLayers + 1 }, () => layer) },
    'too large': `${JSON.stringify(manifest)}${' '.repeat(4 * 1024 * 1024)}`,
    'too deep': '['.repeat(1_000_000),
  };
  for (const [what, document] of Object.entries(bad)) {
    t.throws(
      () => parseManifest(bytes(document), mediaTypes.ociManifest),
      { code: 'PEAPOD_IMAGE_INVALID' },
      what,
    );
  }
  const foreign = {
    'a chart': { ...manifest, config: { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
    'an encrypted layer': {
      ...manifest,
      layers: [{ ...layer, mediaType: `${mediaTypes.ociLayerGzip}+encrypted` }],
    },
    'schema 1': { schemaVersion: 1, fsLayers: [] },
  };
  for (const [what, document] of Object.entries(foreign)) {
    t.throws(
      () => parseManifest(bytes(document), mediaTypes.ociManifest),
      { code: 'PEAPOD_UNSUPPORTED' },
      what,
    );
  }
  t.throws(() => parseManifest(bytes(manifest), 'text/html'), { code: 'PEAPOD_IMAGE_INVALID' });
});

t.test('parseManifest: whatever comes is read or refused, never anything else', async () => {
  const json = fc.oneof(
    fc.json(),
    fc
      .record({ schemaVersion: fc.constant(2), config: fc.jsonValue(), layers: fc.jsonValue() })
      .map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(json, fc.string(), (text, type) => {
      try {
        parseManifest(Buffer.from(text), type);
      } catch (error) {
        return error instanceof PeapodError;
      }
      return true;
    }),
  );
});

t.test('documentKind: tells an index from a manifest by all that is said', async (t) => {
  t.equal(documentKind(bytes(index(undefined)), mediaTypes.dockerList), 'index');
  t.equal(documentKind(bytes(manifest), ''), 'manifest');
  t.throws(() => documentKind(bytes(index(undefined)), mediaTypes.ociManifest), {
    code: 'PEAPOD_IMAGE_INVALID',
  });
});

t.test('parseIndex: a document that is a manifest as well is refused', async (t) => {
  for (const more of [{ layers: [layer] }, { config }, { layers: [] }]) {
    t.throws(() => parseIndex(bytes({ ...index(undefined), ...more }), ''), { code: 'PEAPOD_IMAGE_INVALID' });
  }
});

t.test('selectPlatform: takes linux/amd64, or what does not say', async (t) => {
  const select = (...platforms: (object | undefined)[]) =>
    selectPlatform(parseIndex(bytes(index(...platforms)), '')).platform;
  const ours = { os: 'linux', architecture: 'amd64' };
  const arm = { os: 'linux', architecture: 'arm64' };
  t.same(select(arm, { ...ours, variant: 'v3' }, ours), ours);
  t.same(select({ ...ours, variant: 'v1' }), { ...ours, variant: 'v1' });
  t.equal(select(undefined), undefined);
  t.throws(() => select(arm, { os: 'windows', architecture: 'amd64' }), {
    code: 'PEAPOD_UNSUPPORTED',
    message: /arm64, windows/,
  });
  t.throws(() => select(), { code: 'PEAPOD_UNSUPPORTED' });
  t.throws(() => select({ os: 7, architecture: 'amd64' }), { code: 'PEAPOD_IMAGE_INVALID' });
});
