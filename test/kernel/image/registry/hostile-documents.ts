import t from 'tap';
import { mediaTypes } from '../../../../src/image/manifest.js';
import { requires } from '../../../scratch.js';
import { describe, json, testImage } from './fixtures/image.js';
import { type Answer, send, sendManifest, type Turn } from './fixtures/local-registry.js';
import { type Refusal, refuseAll } from './fixtures/refusals.js';

const skip = requires('root', 'ip');
const image = testImage();
const plain = JSON.parse(image.manifest.toString());
const other = `sha256:${'0'.repeat(64)}`;
const mebibyte = 1024 * 1024;

/** Sends a manifest that differs from the good one by some members; undefined leaves one out. */
function changed(members: object): Answer {
  return ({ response }) => sendManifest(response, json({ ...plain, ...members }), image.mediaType);
}

function layerWith(members: object): Answer {
  return changed({ layers: [{ ...plain.layers[0], ...members }] });
}

function bytes(body: string | Buffer, type: string = image.mediaType): Answer {
  return ({ response }) => sendManifest(response, body, type);
}

/** An index for what was asked first; then what `next` answers. */
function index(entry: object, next: Answer): Answer {
  const platform = { os: 'linux', architecture: 'amd64' };
  const manifests = [{ ...describe(image.manifest, image.mediaType), platform, ...entry }];
  const body = json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
  return (turn: Turn) => {
    if (!turn.asked.url.endsWith('/v1')) return next(turn);
    return sendManifest(turn.response, body, mediaTypes.ociIndex);
  };
}

function indexOfItself({ response, asked }: Turn): void {
  const platform = { os: 'linux', architecture: 'amd64' };
  const inner = json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
  const body = (entry: Buffer) =>
    json({ schemaVersion: 2, manifests: [{ ...describe(entry, mediaTypes.ociIndex), platform }] });
  const [third, second] = [body(inner), body(body(inner))];
  const answers: Record<string, Buffer> = {
    [describe(third, '').digest]: third,
    [describe(second, '').digest]: second,
  };
  const found = Object.entries(answers).find(([digest]) => asked.url.endsWith(digest))?.[1];
  sendManifest(response, found ?? body(second), mediaTypes.ociIndex);
}

function endless({ response }: Turn): void {
  response.writeHead(200, { 'content-type': image.mediaType });
  const more = () => {
    while (!response.destroyed && response.write(' '.repeat(65536)));
  };
  response.on('drain', more);
  more();
}

const doubled = image.manifest.toString().replace('{', '{"layers":[],');

const refusals: Refusal[] = [
  {
    name: 'a header with another digest',
    behaviour: {
      manifest: ({ response }) =>
        send(response, 200, image.manifest, {
          'content-type': image.mediaType,
          'docker-content-digest': other,
        }),
    },
    why: /calls "sha256:0+" what has digest sha256:/,
  },
  {
    name: 'a header with a digest that is a path',
    behaviour: {
      manifest: ({ response }) =>
        send(response, 200, image.manifest, { 'docker-content-digest': 'sha256:../../x' }),
    },
    why: /calls "sha256:\.\.\/\.\.\/x"/,
  },
  {
    name: 'a header with a SHA-512',
    behaviour: {
      manifest: ({ response }) =>
        send(response, 200, image.manifest, { 'docker-content-digest': `sha512:${'0'.repeat(128)}` }),
    },
    why: /calls "sha512:/,
  },
  {
    name: 'another manifest than the digest asked for',
    behaviour: { manifest: changed({ annotations: { a: 'b' } }) },
    byDigest: true,
    why: /sends for sha256:\w+ what has digest sha256:/,
  },
  {
    name: 'a digest that is a path',
    behaviour: { manifest: layerWith({ digest: 'sha256:../../x' }) },
    why: /digest/,
  },
  {
    name: 'a digest in capitals',
    behaviour: { manifest: layerWith({ digest: image.layerDigest.toUpperCase().replace('SHA', 'sha') }) },
    why: /layers\[0\]\.digest/,
  },
  {
    name: 'a layer by SHA-512',
    behaviour: { manifest: layerWith({ digest: `sha512:${'0'.repeat(128)}` }) },
    why: /layers\[0\]\.digest/,
  },
  {
    name: 'no configuration',
    behaviour: { manifest: changed({ config: undefined }) },
    why: /manifest\.config/,
  },
  { name: 'no layers', behaviour: { manifest: changed({ layers: undefined }) }, why: /manifest\.layers/ },
  {
    name: 'layers that are no list',
    behaviour: { manifest: changed({ layers: { length: 1 } }) },
    why: /layers/,
  },
  { name: 'a layer that is null', behaviour: { manifest: changed({ layers: [null] }) }, why: /layers\[0\]/ },
  { name: 'a negative size', behaviour: { manifest: layerWith({ size: -1 }) }, why: /layers\[0\]\.size/ },
  { name: 'a broken size', behaviour: { manifest: layerWith({ size: 1.5 }) }, why: /layers\[0\]\.size/ },
  { name: 'a size in words', behaviour: { manifest: layerWith({ size: '10' }) }, why: /layers\[0\]\.size/ },
  { name: 'a size beyond all disks', behaviour: { manifest: layerWith({ size: 2 ** 60 }) }, why: /size/ },
  { name: 'no size', behaviour: { manifest: layerWith({ size: undefined }) }, why: /layers\[0\]\.size/ },
  { name: 'both manifests and layers', behaviour: { manifest: changed({ manifests: [] }) }, why: /both/ },
  { name: 'a name in capitals', behaviour: { manifest: changed({ Layers: [] }) }, why: /"Layers"/ },
  { name: 'schemaVersion 3', behaviour: { manifest: changed({ schemaVersion: 3 }) }, why: /schemaVersion/ },
  {
    name: 'a mediaType that contradicts the header',
    behaviour: { manifest: bytes(image.manifest, mediaTypes.dockerManifest) },
    why: /contradicts/,
  },
  {
    name: 'a manifest that is called an index',
    behaviour: { manifest: bytes(json({ ...plain, mediaType: undefined }), mediaTypes.ociIndex) },
    why: /its content is not what/,
  },
  {
    name: '129 layers',
    behaviour: { manifest: changed({ layers: Array(129).fill(plain.layers[0]) }) },
    why: /more than 128/,
  },
  {
    name: 'a manifest of 5 MiB',
    behaviour: { manifest: bytes(' '.repeat(5 * mebibyte)) },
    why: /sends more than/,
  },
  { name: 'an endless manifest', behaviour: { manifest: endless }, why: /sends more than 4194304 bytes/ },
  {
    name: 'a manifest of a million brackets',
    behaviour: { manifest: bytes(`{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`) },
    why: /manifest/,
  },
  {
    name: 'a manifest that is cut',
    behaviour: { manifest: bytes(image.manifest.subarray(0, 99)) },
    why: /no JSON/,
  },
  { name: 'a manifest that is a list', behaviour: { manifest: bytes('[]') }, why: /no JSON object/ },
  { name: 'a manifest that is nothing', behaviour: { manifest: bytes('') }, why: /no JSON/ },
  {
    name: 'bytes that are no UTF-8',
    behaviour: { manifest: bytes(Buffer.from('{"a":"\xff"}', 'latin1')) },
    why: /no JSON/,
  },
  { name: 'a member twice', behaviour: { manifest: bytes(doubled) }, why: /twice/ },
  {
    name: 'a web page',
    behaviour: { manifest: bytes('<html>Log in', 'text/html; charset=utf-8') },
    why: /answers with a web page/,
  },
  {
    name: 'a manifest of schema 1',
    behaviour: {
      manifest: bytes(
        json({ schemaVersion: 1, fsLayers: [] }),
        'application/vnd.docker.distribution.manifest.v1+prettyjws',
      ),
    },
    code: 'PEAPOD_UNSUPPORTED',
    why: /schema 1/,
  },
  {
    name: 'what is no container image',
    behaviour: {
      manifest: changed({
        config: { ...plain.config, mediaType: 'application/vnd.cncf.helm.config.v1+json' },
      }),
    },
    code: 'PEAPOD_UNSUPPORTED',
    why: /helm/,
  },
  {
    name: 'an index without this platform',
    behaviour: { manifest: index({ platform: { os: 'linux', architecture: 's390x' } }, () => {}) },
    code: 'PEAPOD_UNSUPPORTED',
    why: /linux\/s390x/,
  },
  {
    name: 'an index with another size for its manifest',
    behaviour: { manifest: index({ size: image.manifest.length + 1 }, bytes(image.manifest)) },
    why: /bytes, its index says/,
  },
  {
    name: 'another manifest than the index has',
    behaviour: { manifest: index({}, changed({ annotations: { a: 'b' } })) },
    why: /what has digest/,
  },
  {
    name: 'an index that names a manifest another thing than it is',
    behaviour: { manifest: index({ mediaType: mediaTypes.dockerManifest }, bytes(image.manifest)) },
    why: /contradicts/,
  },
  { name: 'an index of an index of an index', behaviour: { manifest: indexOfItself }, why: /once more/ },
];

t.test('registry source: documents of a hostile registry are refused', { skip }, (t) =>
  refuseAll(t, refusals),
);
