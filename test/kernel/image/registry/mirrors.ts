import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readRegistryConfiguration } from '../../../../src/image/registry/configuration.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { type Behaviour, type LocalRegistry, send } from './fixtures/local-registry.js';
import { pull } from './fixtures/pull.js';
import { impatient } from './fixtures/refusals.js';
import { withRegistries } from './fixtures/with-registries.js';

const skip = requires('root', 'ip');

async function configure(t: Parameters<typeof scratchDirectory>[0], registries: object) {
  const path = join(scratchDirectory(t), 'registries.json');
  writeFileSync(path, JSON.stringify({ registries }));
  return await readRegistryConfiguration(path);
}

t.test('registry source: a mirror is asked in place of docker.io', { skip }, async (t) => {
  await withRegistries(t, async (mirror, other, image) => {
    const configuration = await configure(t, { 'docker.io': { mirrors: [mirror.origin, other.origin] } });
    t.same((await pull('nginx', { configuration })).blobs, [...image.blobs.values()]);
    t.equal(mirror.asked[0]?.url, '/v2/library/nginx/manifests/latest');
    t.same(other.asked, []);
  });
});

const failures: Record<string, Behaviour> = {
  'has nothing': { any: ({ response }) => send(response, 404) },
  'is ill': { any: ({ response }) => send(response, 500) },
  'wants a log-in': { any: ({ response }) => send(response, 401, '', { 'www-authenticate': 'Basic' }) },
  'is a web page': { any: ({ response }) => send(response, 200, '<html>', { 'content-type': 'text/html' }) },
  'has another manifest': { manifest: ({ response }) => send(response, 200, '{"schemaVersion":2}') },
  'has no layer': { layer: ({ response }) => send(response, 404) },
  'has another layer': {
    layer: ({ response, registry }) => send(response, 200, Buffer.alloc(registry.image.layer.length)),
  },
  'has a longer layer': { layer: ({ response }) => response.end(Buffer.alloc(1e6)) },
  'breaks off': {
    layer: ({ response }) => response.writeHead(200).write('x', () => response.socket?.destroy()),
  },
};

t.test('registry source: a mirror that fails in whatever way is passed over', { skip }, async (t) => {
  await withRegistries(t, async (mirror, registry, image) => {
    const configuration = await configure(t, { [registry.host]: { mirrors: [mirror.origin] } });
    for (const [name, behaviour] of Object.entries(failures)) {
      mirror.behave(behaviour);
      const { blobs } = await pull(`${registry.host}/a/b`, { configuration });
      t.same(blobs, [...image.blobs.values()], `a mirror that ${name}`);
      t.ok(mirror.asked.length > 0, `a mirror that ${name} was asked`);
    }
    mirror.behave({ any: () => true });
    const { blobs } = await pull(`${registry.host}/a/b`, { configuration, ...impatient });
    t.same(blobs, [...image.blobs.values()], 'a mirror that is silent');
  });
});

t.test(
  'registry source: when all fail, the registry decides and the mirrors are told of',
  { skip },
  async (t) => {
    await withRegistries(t, async (mirror: LocalRegistry, registry) => {
      const mirrors = [mirror.origin, 'http://127.0.0.1:1'];
      const configuration = await configure(t, { [registry.host]: { mirrors } });
      mirror.behave({ any: ({ response }) => send(response, 500) });
      registry.behave({ any: ({ response }) => send(response, 404) });
      await t.rejects(pull(`${registry.host}/a/b`, { configuration }), {
        code: 'PEAPOD_IMAGE_MISSING',
        message:
          /: 127\.0\.0\.2:\d+ has no such image; mirror 127\.0\.0\.1:\d+: .* with 500; mirror 127\.0\.0\.1:1: /,
      });
    });
  },
);
