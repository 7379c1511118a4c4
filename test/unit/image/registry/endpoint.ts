import t from 'tap';
import { defaultSettings, type RegistrySettings } from '../../../../src/image/registry/configuration.js';
import { endpointsOf, isLoopback, settingsOf } from '../../../../src/image/registry/endpoint.js';

function configure(registries: Record<string, Partial<RegistrySettings>> = {}) {
  const entries = Object.entries(registries);
  return { registries: new Map(entries.map(([name, some]) => [name, { ...defaultSettings, ...some }])) };
}

t.test('endpointsOf: docker.io is where Docker has it, after its mirrors', async (t) => {
  const own = { name: 'docker.io', scheme: 'https:', host: 'registry-1.docker.io', isMirror: false };
  t.same(endpointsOf('docker.io', configure()), [own]);
  const mirrors = ['http://127.0.0.1:5000', 'https://mirror.example'];
  t.same(endpointsOf('docker.io', configure({ 'docker.io': { mirrors } })), [
    { name: '127.0.0.1:5000', scheme: 'http:', host: '127.0.0.1:5000', isMirror: true },
    { name: 'mirror.example', scheme: 'https:', host: 'mirror.example', isMirror: true },
    own,
  ]);
});

t.test('endpointsOf: plain HTTP is for who is configured so, a try for this host', async (t) => {
  const scheme = (registry: string, settings?: Partial<RegistrySettings>) =>
    endpointsOf(registry, configure(settings && { [registry.toLowerCase()]: settings }))[0]?.scheme;
  t.equal(scheme('quay.io'), 'https:');
  t.equal(scheme('r.example:5000', { plainHttp: true }), 'http:');
  t.equal(scheme('R.example:5000', { plainHttp: true }), 'http:');
  for (const name of ['localhost:5000', '127.1.2.3:80', '[::1]:5000']) t.equal(scheme(name), undefined, name);
  t.equal(scheme('localhost:5000', { ca: 'PEM' }), 'https:');
  t.equal(scheme('localhost:5000', { skipTlsVerify: true }), 'https:');
});

t.test('isLoopback: only what cannot lead elsewhere', async (t) => {
  for (const name of ['localhost', 'a.localhost', '127.0.0.1', '127.255.0.1', '[::1]'])
    t.ok(isLoopback(name), name);
  for (const name of ['127.evil.example', 'localhost.evil.example', '128.0.0.1', '[::2]', '0.0.0.0']) {
    t.notOk(isLoopback(name), name);
  }
});

t.test('settingsOf: the settings are those of the host that a URL leads to', async (t) => {
  const configuration = configure({
    'docker.io': { ca: 'docker' },
    'r.example': { ca: 'example' },
    's.example:443': { ca: 'with port' },
  });
  const ca = (url: string) => settingsOf(new URL(url), configuration).ca;
  t.equal(ca('https://registry-1.docker.io/v2/'), 'docker');
  t.equal(ca('https://r.example/'), 'example');
  t.equal(ca('https://s.example/'), 'with port');
  t.equal(ca('https://r.example:5000/'), undefined);
  t.equal(ca('https://x.r.example/'), undefined);
});
