import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { debianHost, push, withDebianRegistry } from '../kernel/image/registry/fixtures/debian-registry.js';
import { requires, scratchDirectory } from '../scratch.js';
import { type MemoryImage, MemorySource } from '../unit/image/fixtures/memory-source.js';
import { tar } from '../unit/image/fixtures/tar-bytes.js';
import { withEmptyPeapod } from './fixtures/with-empty-peapod.js';

const skip = requires('root', 'cgroup2', 'overlay', 'busybox', 'docker-registry', 'skopeo');

const shell = (): Buffer =>
  tar(
    { name: 'bin/', type: '5', mode: 0o755 },
    { name: 'bin/busybox', content: readFileSync('/bin/busybox'), mode: 0o755 },
    { name: 'bin/sh', type: '2', link: 'busybox' },
  );

/** An image whose first layer is a shell. */
function describe({ layers, ...image }: MemoryImage) {
  const source = new MemorySource({ layers: [shell(), ...layers], ...image });
  const { bytes: manifest, digest: manifestDigest, mediaType } = source.document;
  const [layerDigest] = source.layers as [MemorySource['config']];
  const layer = source.blobs.get(layerDigest) as Buffer;
  return { manifest, manifestDigest, mediaType, layer, layerDigest, blobs: source.blobs };
}

const members = tar(
  { name: 'etc/', type: '5', mode: 0o755 },
  { name: 'etc/passwd', content: 'root:x:0:0::/:/bin/sh\napp:x:1234:2345::/home/app:/bin/sh\n' },
  { name: 'etc/group', content: 'app:x:2345:\nfirst:x:77:app\nsecond:x:78:other,app\nthird:x:79:other\n' },
);

const wanted = [
  {
    name: 'a user of its own, by name, with its groups',
    image: describe({ layers: [members], config: { User: 'app', Cmd: ['/bin/busybox', 'id'] } }),
    output: /^uid=1234\(app\) gid=2345\(app\) groups=77\(first\),78\(second\)(,2345\(app\))?$/,
  },
  {
    name: '120 layers',
    image: describe({
      layers: Array.from({ length: 119 }, (_, index) => tar({ name: `layers/${index}`, content: 'x' })),
      config: { Cmd: ['/bin/sh', '-c', 'busybox ls /layers | busybox wc -l'], Env: ['PATH=/bin'] },
    }),
    output: /^119$/,
  },
  {
    name: 'layers compressed with zstd',
    image: describe({
      layers: [
        tar({ name: 'below', content: 'below' }),
        tar({ name: '.wh.below' }, { name: 'above', content: 'above' }),
      ],
      config: {
        Cmd: ['/bin/sh', '-c', 'busybox cat /above; busybox test -e /below || echo ", alone"'],
        Env: ['PATH=/bin'],
      },
    }),
    options: ['--dest-compress-format=zstd'],
    output: /^above, alone$/,
  },
];

t.test('images of a registry that skopeo has filled run as they say', { skip }, async (t) => {
  const directory = scratchDirectory(t);
  const config = join(directory, 'registries.json');
  writeFileSync(config, '{}');
  await withDebianRegistry(t, { directory }, async () => {
    for (const [index, { image, options = [] }] of wanted.entries())
      await push(directory, image, `app${index}:v1`, ...options);
    await withEmptyPeapod(t, config, async (peapod) => {
      for (const [index, { name, output }] of wanted.entries()) {
        t.match(await peapod.ok('run', '--rm', `${debianHost}/app${index}:v1`), output, name);
      }
      t.match(await peapod.run(['image', 'check']), { status: 0, stderr: / 0 damaged/ });
      const [zstd] = JSON.parse(await peapod.ok('image', 'inspect', `${debianHost}/app2:v1`));
      // Of the first one the registry has another image's gzip already, which skopeo is content with.
      for (const { mediaType } of zstd.Peapod.Layers.slice(1)) t.match(mediaType, /zstd$/);
    });
  });
});
