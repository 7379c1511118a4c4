import { execFileSync } from 'node:child_process';
import t from 'tap';
import { defaultSettings } from '../../../../src/image/registry/configuration.js';
import { withLeakCheck } from '../../../leaks.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { setLoopbackUp } from '../../network/fixtures/neighbour.js';
import { makeCertificate } from './fixtures/certificate.js';
import { testImage } from './fixtures/image.js';
import { LocalRegistry } from './fixtures/local-registry.js';
import { startProxy } from './fixtures/proxy.js';
import { pull } from './fixtures/pull.js';

const skip = requires('root', 'ip', 'openssl');
const address = '192.0.2.10';
const image = testImage();
const blobs = [...image.blobs.values()];
const user = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;

t.test('registry source: a proxy of the environment is gone through', { skip }, async (t) => {
  const tls = makeCertificate(scratchDirectory(t), address);
  setLoopbackUp();
  execFileSync('ip', ['address', 'replace', `${address}/32`, 'dev', 'lo']);
  const run = async () => {
    const [secure, plain] = [new LocalRegistry(image, tls), new LocalRegistry(image)];
    const local = await new LocalRegistry(image).listen();
    await Promise.all([secure.listen(address), plain.listen(address)]);
    const proxy = await startProxy();
    const registries = new Map([
      [secure.host, { ...defaultSettings, ca: tls.cert }],
      [plain.host, { ...defaultSettings, plainHttp: true }],
    ]);
    const named = `http://me:p%40ss@${proxy.origin}`;
    const options = { configuration: { registries }, environment: { HTTPS_PROXY: named, http_proxy: named } };
    t.same((await pull(`${secure.host}/a/b`, options)).blobs, blobs);
    t.ok(proxy.asked.length > 0 && proxy.asked.every(({ line }) => line === `CONNECT ${secure.host}`));
    t.same((await pull(`${plain.host}/a/b`, options)).blobs, blobs);
    t.match(proxy.asked.at(-1)?.line, `GET http://${plain.host}/v2/a/b/blobs/`);
    t.same(new Set(proxy.asked.map((asked) => asked.user)), new Set([user]));
    const count = proxy.asked.length;
    const except = { ...options, environment: { ...options.environment, NO_PROXY: '192.0.2.0/24' } };
    t.same((await pull(`${secure.host}/a/b`, except)).blobs, blobs);
    t.same((await pull(`${local.host}/a/b`, options)).blobs, blobs);
    t.equal(proxy.asked.length, count, 'neither what is excepted nor this host');
    await proxy.close();
    const message = new RegExp(`proxy ${proxy.origin}: ECONNREFUSED`);
    await t.rejects(pull(`${secure.host}/a/b`, options), { code: 'PEAPOD_REGISTRY_UNAVAILABLE', message });
    await Promise.all([secure, plain, local].map((server) => server.close()));
  };
  await withLeakCheck(t, run, { cgroups: [] });
});
