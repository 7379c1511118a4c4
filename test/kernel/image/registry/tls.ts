import { execFileSync } from 'node:child_process';
import t, { type Test } from 'tap';
import {
  defaultSettings,
  type RegistryConfiguration,
  type RegistrySettings,
} from '../../../../src/image/registry/configuration.js';
import { withLeakCheck } from '../../../leaks.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { setLoopbackUp } from '../../network/fixtures/neighbour.js';
import { makeCertificate } from './fixtures/certificate.js';
import { testImage } from './fixtures/image.js';
import { LocalRegistry, send } from './fixtures/local-registry.js';
import { pull } from './fixtures/pull.js';

const skip = requires('root', 'ip', 'openssl');
/** Of this host, but not as the registry's name says it. */
const address = '192.0.2.10';
const image = testImage();
const blobs = [...image.blobs.values()];

function configure(host: string, settings: Partial<RegistrySettings>): RegistryConfiguration {
  return { registries: new Map([[host, { ...defaultSettings, ...settings }]]) };
}

async function withTls(
  t: Test,
  listenAt: string,
  work: (registry: LocalRegistry, cert: string) => Promise<void>,
) {
  const tls = makeCertificate(scratchDirectory(t), address);
  setLoopbackUp();
  execFileSync('ip', ['address', 'replace', `${address}/32`, 'dev', 'lo']);
  const run = async () => {
    const registry = await new LocalRegistry(image, tls).listen(listenAt);
    try {
      await work(registry, tls.cert);
    } finally {
      await registry.close();
    }
  };
  await withLeakCheck(t, run, { cgroups: [] });
}

t.test('registry source: a certificate is trusted if its authority is configured', { skip }, async (t) => {
  await withTls(t, address, async ({ host, asked }, ca) => {
    const untrusted = { code: 'PEAPOD_REGISTRY_UNAVAILABLE', message: /cannot be trusted/, hint: /"ca"/ };
    await t.rejects(pull(`${host}/a/b`), untrusted);
    const other = configure('registry.example', { ca, skipTlsVerify: true });
    await t.rejects(pull(`${host}/a/b`, { configuration: other }), untrusted, 'for another registry');
    t.same(asked, []);
    t.same((await pull(`${host}/a/b`, { configuration: configure(host, { ca }) })).blobs, blobs);
    const unverified = configure(host, { skipTlsVerify: true });
    t.same((await pull(`${host}/a/b`, { configuration: unverified })).blobs, blobs);
    const environment = { SSL_CERT_FILE: '/nowhere' };
    t.same((await pull(`${host}/a/b`, { configuration: unverified, environment })).blobs, blobs);
  });
});

t.test('registry source: a certificate for another name is not trusted', { skip }, async (t) => {
  await withTls(t, '127.0.0.3', async ({ host }, ca) => {
    const configuration = configure(host, { ca });
    const message = /its certificate is for another name/;
    await t.rejects(pull(`${host}/a/b`, { configuration }), { code: 'PEAPOD_REGISTRY_UNAVAILABLE', message });
  });
});

t.test('registry source: a registry of this host speaks TLS or not, as it likes', { skip }, async (t) => {
  await withTls(t, '127.0.0.3', async ({ host }) => {
    t.same((await pull(`${host}/a/b`)).blobs, blobs);
  });
});

t.test('registry source: TLS is never left, by no redirection and no token service', { skip }, async (t) => {
  await withTls(t, address, async (registry, ca) => {
    const plain = await new LocalRegistry(image).listen('127.0.0.1');
    const configuration = configure(registry.host, { ca });
    const refused = { code: 'PEAPOD_IMAGE_INVALID', message: /from TLS to plain HTTP|without TLS/ };
    registry.behave({
      manifest: ({ response, asked }) => send(response, 307, '', { location: `${plain.origin}${asked.url}` }),
    });
    await t.rejects(pull(`${registry.host}/a/b`, { configuration }), refused);
    const challenge = `Bearer realm="${plain.origin}/token"`;
    registry.behave({
      manifest: ({ response }) => send(response, 401, '', { 'www-authenticate': challenge }),
    });
    await t.rejects(pull(`${registry.host}/a/b`, { configuration }), refused);
    t.same(plain.asked, []);
    await plain.close();
  });
});

t.test('registry source: plain HTTP takes configuration, but on this host', { skip }, async (t) => {
  await withTls(t, '127.0.0.3', async () => {
    const plain = await new LocalRegistry(image).listen(address);
    const hint = /"plainHttp"/;
    await t.rejects(pull(`${plain.host}/a/b`), { code: 'PEAPOD_REGISTRY_UNAVAILABLE', hint });
    const configuration = configure(plain.host, { plainHttp: true });
    t.same((await pull(`${plain.host}/a/b`, { configuration })).blobs, blobs);
    await plain.close();
  });
});
