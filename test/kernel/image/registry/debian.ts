import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { digestOf } from '../../../../src/image/digest.js';
import { mediaTypes } from '../../../../src/image/manifest.js';
import { readCredentials } from '../../../../src/image/registry/auth-file.js';
import { defaultSettings } from '../../../../src/image/registry/configuration.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { makeCertificate } from './fixtures/certificate.js';
import { debianHost, inspectRaw, push, put, withDebianRegistry } from './fixtures/debian-registry.js';
import { describe, json, testImage } from './fixtures/image.js';
import { pull } from './fixtures/pull.js';
import { signingService } from './fixtures/signed-tokens.js';

const skip = requires('root', 'ip', 'docker-registry', 'skopeo', 'openssl');
const image = testImage();
/** Of `user` and `secret`, by bcrypt. */
const htpasswd = 'user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

function diffIds({ blobs: [config] }: { blobs: readonly Buffer[] }): unknown {
  return JSON.parse(String(config)).rootfs.diff_ids;
}

t.test('registry source: docker-registry gives what skopeo has brought', { skip }, async (t) => {
  const directory = scratchDirectory(t);
  await withDebianRegistry(t, { directory }, async () => {
    const kinds = { oci: testImage({ kind: 'oci' }), docker: testImage({ kind: 'docker' }) };
    for (const [name, image] of Object.entries(kinds)) {
      await push(directory, image, `${name}/as-it-is:v1`, '--preserve-digests', '--dest-compress=false');
      const pulled = await pull(`${debianHost}/${name}/as-it-is:v1`);
      t.match(pulled, { digest: image.manifestDigest, mediaType: image.mediaType });
      t.same(pulled.blobs, [...image.blobs.values()]);
      await push(directory, image, `${name}/compressed:v1`);
      const raw = inspectRaw(`${name}/compressed:v1`);
      const digest = digestOf(raw);
      const compressed = await pull(`${debianHost}/${name}/compressed@${digest}`);
      t.same(compressed.bytes, raw);
      t.same(diffIds(compressed), [...image.blobs.keys()].slice(1));
    }
    await t.rejects(pull(`${debianHost}/oci/as-it-is:v9`), {
      code: 'PEAPOD_IMAGE_MISSING',
      message: /has no such image: manifest unknown$/,
    });
    const nobody = `${debianHost}/oci/as-it-is@sha256:${'0'.repeat(64)}`;
    await t.rejects(pull(nobody), { code: 'PEAPOD_IMAGE_MISSING' });
    await t.rejects(pull(`${debianHost}/no/such`), { code: 'PEAPOD_IMAGE_MISSING' });
  });
});

t.test('registry source: docker-registry has an index, and is a mirror of docker.io', { skip }, async (t) => {
  const directory = scratchDirectory(t);
  await withDebianRegistry(t, { directory }, async () => {
    await push(directory, image, 'library/nginx:amd64', '--preserve-digests', '--dest-compress=false');
    const platform = { os: 'linux', architecture: 'amd64' };
    const manifests = [{ ...describe(image.manifest, image.mediaType), platform }];
    const index = json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
    await put('library/nginx/manifests/latest', index, mediaTypes.ociIndex);
    const mirrors = [`http://${debianHost}`];
    const configuration = { registries: new Map([['docker.io', { ...defaultSettings, mirrors }]]) };
    const pulled = await pull('nginx', { configuration });
    t.match(pulled, { digest: image.manifestDigest, indexDigest: digestOf(index) });
    t.same(pulled.blobs, [...image.blobs.values()]);
  });
});

t.test('registry source: docker-registry lets in by htpasswd', { skip }, async (t) => {
  const directory = scratchDirectory(t);
  const path = join(directory, 'htpasswd');
  writeFileSync(path, htpasswd);
  await withDebianRegistry(t, { directory, auth: { htpasswd: { realm: 'test', path } } }, async () => {
    await push(directory, image, 'a/b:v1', '--dest-creds=user:secret');
    const authFile = join(directory, 'auth.json');
    const know = (user: string) => {
      const auths = { [debianHost]: { auth: Buffer.from(user).toString('base64') } };
      writeFileSync(authFile, JSON.stringify({ auths }));
    };
    const credentials = readCredentials(authFile);
    await t.rejects(pull(`${debianHost}/a/b:v1`, { credentials }), { code: 'PEAPOD_IMAGE_MISSING' });
    know('user:wrong');
    await t.rejects(pull(`${debianHost}/a/b:v1`, { credentials }), { code: 'PEAPOD_REGISTRY_DENIED' });
    know('user:secret');
    t.same(diffIds(await pull(`${debianHost}/a/b:v1`, { credentials })), [...image.blobs.keys()].slice(1));
  });
});

t.test('registry source: docker-registry lets in by a token', { skip }, async (t) => {
  const directory = scratchDirectory(t);
  const { key, cert, path } = makeCertificate(directory, '127.0.0.1');
  const server = signingService({ key, cert, service: 'test' }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const auth = { token: { realm, service: 'test', issuer: 'test', rootcertbundle: path } };
  await withDebianRegistry(t, { directory, auth }, async () => {
    await push(directory, image, 'a/b:v1', '--dest-creds=user:secret');
    const know = (password: string) => ({ place: '/x', find: async () => ({ username: 'user', password }) });
    t.same(
      diffIds(await pull(`${debianHost}/a/b:v1`, { credentials: know('secret') })),
      [...image.blobs.keys()].slice(1),
    );
    const denied = { code: 'PEAPOD_REGISTRY_DENIED' };
    await t.rejects(pull(`${debianHost}/a/b:v1`, { credentials: know('wrong') }), denied);
    await t.rejects(pull(`${debianHost}/a/b:v1`), { code: 'PEAPOD_IMAGE_MISSING' });
    // In this process, its own connections.
    server.closeAllConnections();
  });
});
