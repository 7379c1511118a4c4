import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readRegistryConfiguration } from '../../../../src/image/registry/configuration.js';
import { scratchDirectory } from '../../../scratch.js';

t.test('readRegistryConfiguration: reads what is there, and nothing where nothing is', async (t) => {
  const directory = scratchDirectory(t);
  const path = join(directory, 'registries.json');
  t.equal((await readRegistryConfiguration(path)).registries.size, 0);
  const ca = join(directory, 'ca.pem');
  writeFileSync(ca, '-----BEGIN CERTIFICATE-----\n');
  const registries = {
    'docker.io': { mirrors: ['http://127.0.0.1:5000', 'https://Mirror.example/'] },
    'R.example:5000': { plainHttp: true },
    's.example': { ca, skipTlsVerify: false },
    '[::1]:5000': {},
  };
  writeFileSync(path, JSON.stringify({ registries }));
  const read = (await readRegistryConfiguration(path)).registries;
  t.same(read.get('docker.io')?.mirrors, ['http://127.0.0.1:5000', 'https://mirror.example']);
  t.match(read.get('r.example:5000'), { plainHttp: true, skipTlsVerify: false, mirrors: [] });
  t.match(read.get('s.example'), { ca: /BEGIN/ });
  t.ok(read.has('[::1]:5000'));
});

t.test('readRegistryConfiguration: says where it is wrong', async (t) => {
  const path = join(scratchDirectory(t), 'registries.json');
  const one = (settings: unknown) => ({ registries: { 'r.example': settings } });
  const wrong: [unknown, RegExp][] = [
    ['{', /: it is no JSON/],
    [[], /registries\.json": it is no object/],
    [{ registry: {} }, /"registry" is none of "registries"/],
    [{ registries: [] }, /at registries: it is no object/],
    [{ registries: { 'https://r.example': {} } }, /at registries\["https:\/\/r\.example"\]: it is no host/],
    [{ registries: { 'r.example/a': {} } }, /it is no host/],
    [one(1), /at registries\["r\.example"\]: it is no object/],
    [one({ insecure: true }), /"insecure" is none of "mirrors", "plainHttp", "skipTlsVerify", "ca"/],
    [one({ mirrors: 'http://m' }), /at registries\["r\.example"\]\.mirrors: it is no array/],
    [one({ mirrors: ['http://m', 'm'] }), /\.mirrors\[1\]: it is not "http:\/\/"/],
    [one({ mirrors: ['http://m/path'] }), /\.mirrors\[0\]/],
    [one({ mirrors: ['http://u:p@m'] }), /\.mirrors\[0\]/],
    [one({ mirrors: ['ftp://m'] }), /\.mirrors\[0\]/],
    [one({ plainHttp: 'yes' }), /\.plainHttp: it is neither true nor false/],
    [one({ plainHttp: true, skipTlsVerify: true }), /\.plainHttp: there is no TLS/],
    [one({ ca: 'ca.pem' }), /\.ca: it is no absolute path/],
    [one({ ca: '/nowhere/ca.pem' }), /\.ca: "\/nowhere\/ca\.pem" cannot be read \(ENOENT\)/],
    [one({ ca: '/etc/passwd' }), /\.ca: "\/etc\/passwd" has no certificate/],
  ];
  for (const [content, message] of wrong) {
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    await t.rejects(readRegistryConfiguration(path), { code: 'PEAPOD_REGISTRY_CONFIG', message });
  }
});
