import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadImages } from '../../../src/image/load.js';
import { requires, scratchDirectory } from '../../scratch.js';
import {
  describeImage,
  installExample,
  makeStore,
  saveTo,
  skopeo,
  subdirectory,
} from './fixtures/stored-image.js';

const skip = requires('root', 'skopeo', 'zstd', 'xz');
const name = 'docker.io/library/app:1';

/** A store with an image, and the archive of it that `save` makes. */
async function saved(t: Test) {
  const scratch = scratchDirectory(t);
  const store = await makeStore(scratch);
  const record = await installExample(store, scratch, 'app:1');
  const archive = await saveTo(join(scratch, 'saved.tar'), { store, names: ['app:1'] });
  return {
    scratch,
    archive,
    source: `oci-archive:${archive}:${name}`,
    expected: describeImage(store, record),
  };
}

async function load(scratch: string, path: string, as?: string) {
  const store = await makeStore(scratch);
  const records = await loadImages(store, { path, name: as });
  return {
    names: records.map(({ reference }) => reference),
    images: records.map((record) => describeImage(store, record)),
    leftovers: readdirSync(store.temporary),
    records,
  };
}

t.test('load: takes what skopeo writes, archives and directories', { skip }, async (t) => {
  const { scratch, source, expected } = await saved(t);
  const layout = join(scratch, 'layout');
  const targets = {
    'docker-archive': `docker-archive:${scratch}/docker.tar:app:1`,
    'oci-archive': `oci-archive:${scratch}/oci.tar:app:1`,
    'oci directory': `oci:${layout}:app:1`,
  };
  for (const target of Object.values(targets)) skopeo('copy', source, target);
  execFileSync('tar', ['-C', layout, '-cf', `${scratch}/by-hand.tar`, '.']);
  const paths = ['docker.tar', 'oci.tar', 'layout', 'by-hand.tar'];
  for (const path of paths) {
    const found = await load(scratch, join(scratch, path));
    t.same(found.names, [name], path);
    t.same(found.images, [expected], `${path}: the same configuration and files`);
  }
});

t.test('load: takes archives that are compressed, and leaves no copy', { skip }, async (t) => {
  const { scratch, source, archive, expected } = await saved(t);
  skopeo('copy', source, `docker-archive:${scratch}/docker.tar:app:1`);
  for (const path of [archive, `${scratch}/docker.tar`]) {
    execFileSync('gzip', ['-k', path]);
    execFileSync('zstd', ['-q', path]);
    for (const compressed of [`${path}.gz`, `${path}.zst`]) {
      const found = await load(scratch, compressed);
      t.same([found.names, found.images, found.leftovers], [[name], [expected], []], compressed);
    }
  }
  execFileSync('xz', ['-k', archive]);
  await t.rejects(load(scratch, `${archive}.xz`), {
    code: 'PEAPOD_UNSUPPORTED',
    message: /saved\.tar\.xz.*xz/,
  });
});

t.test('load: layers that lie compressed in an archive of the old form', { skip }, async (t) => {
  const { scratch, archive, expected } = await saved(t);
  const files = subdirectory(scratch, 'files');
  execFileSync('tar', ['-C', files, '-xf', archive]);
  execFileSync('tar', ['-C', files, '-cf', `${scratch}/old.tar`, 'manifest.json', 'blobs']);
  const found = await load(scratch, `${scratch}/old.tar`);
  t.same([found.names, found.images], [[name], [expected]]);
  const again = await load(scratch, `${scratch}/old.tar`);
  t.equal(
    again.records[0]?.manifest,
    found.records[0]?.manifest,
    'the manifest made for it is the same each time',
  );
});

t.test('load: layers that are links to other layers of the archive', { skip }, async (t) => {
  const { scratch, source, expected } = await saved(t);
  skopeo('copy', source, `docker-archive:${scratch}/docker.tar:app:1`);
  const files = subdirectory(scratch, 'files');
  execFileSync('tar', ['-C', files, '-xf', `${scratch}/docker.tar`]);
  const [image] = JSON.parse(execFileSync('cat', [`${files}/manifest.json`], { encoding: 'utf8' }));
  image.Layers = image.Layers.map((layer: string, index: number) => {
    mkdirSync(join(files, `id${index}`));
    symlinkSync(`../${layer}`, join(files, `id${index}/layer.tar`));
    return `id${index}/layer.tar`;
  });
  writeFileSync(`${files}/manifest.json`, JSON.stringify([image]));
  execFileSync('tar', ['-C', files, '-cf', `${scratch}/linked.tar`, '.']);
  t.same((await load(scratch, `${scratch}/linked.tar`)).images, [expected]);
});

t.test('load: several images, with the names they claim or none', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const store = await makeStore(scratch);
  for (const name of ['a:1', 'b:2']) await installExample(store, scratch, name);
  const two = await saveTo(join(scratch, 'two.tar'), { store, names: ['a:1', 'b:2', 'a:1'] });
  const found = await load(scratch, two);
  t.same(found.names, ['docker.io/library/a:1', 'docker.io/library/b:2']);
  t.same(
    found.images.map(({ config }) => config.cmd[1]),
    ['a:1', 'b:2'],
  );
  await t.rejects(load(scratch, two, 'c'), { code: 'PEAPOD_USAGE', message: /2 images/ });
  const id = await saveTo(join(scratch, 'id.tar'), { store, names: [found.records[0]?.id ?? ''] });
  await t.rejects(load(scratch, id), { code: 'PEAPOD_USAGE', hint: /--as/ });
  t.same((await load(scratch, id, 'c')).names, ['docker.io/library/c:latest']);
});

t.test('load: a directory is read without following what is in it', { skip }, async (t) => {
  const { scratch, source } = await saved(t);
  const kinds: Record<string, (path: string) => void> = {
    symlink: (path) => symlinkSync('/etc/passwd', path),
    fifo: (path) => execFileSync('mkfifo', [path]),
    device: (path) => execFileSync('mknod', [path, 'c', '1', '5']),
    directory: (path) => mkdirSync(path),
  };
  const whole = join(scratch, 'whole');
  skopeo('copy', source, `oci:${whole}:app:1`);
  for (const [kind, make] of Object.entries(kinds)) {
    for (const file of ['oci-layout', 'index.json', 'blob']) {
      const layout = join(scratch, `${kind}-${file}`);
      execFileSync('cp', ['-r', whole, layout]);
      const [blob = ''] = readdirSync(`${layout}/blobs/sha256`);
      const path = join(layout, file === 'blob' ? `blobs/sha256/${blob}` : file);
      execFileSync('rm', [path]);
      make(path);
      await t.rejects(
        load(scratch, layout),
        { code: 'PEAPOD_IMAGE_INVALID', message: layout },
        `${kind} ${file}`,
      );
    }
  }
  const layout = join(scratch, 'linked');
  execFileSync('cp', ['-r', whole, layout]);
  execFileSync('mv', [`${layout}/blobs`, `${scratch}/elsewhere`]);
  symlinkSync(`${scratch}/elsewhere`, `${layout}/blobs`);
  await t.rejects(load(scratch, layout), { code: 'PEAPOD_IMAGE_INVALID' }, 'nor is a directory followed');
  t.ok(existsSync(`${scratch}/elsewhere`));
});

t.test(
  'load: a name that is built in, or none at all, is not taken on the word of an archive',
  { skip },
  async (t) => {
    const { scratch, archive, expected } = await saved(t);
    const files = subdirectory(scratch, 'files');
    execFileSync('tar', ['-C', files, '-xf', archive, 'manifest.json', 'blobs']);
    const [image] = JSON.parse(readFileSync(`${files}/manifest.json`, 'utf8'));
    const claim = (...names: string[]) => {
      writeFileSync(`${files}/manifest.json`, JSON.stringify([{ ...image, RepoTags: names }]));
      execFileSync('tar', ['-C', files, '-cf', `${scratch}/claim.tar`, '.']);
      return `${scratch}/claim.tar`;
    };
    const builtIn = [
      'host',
      'docker.io/library/host:latest',
      'pause',
      'registry.k8s.io/pause:3.9',
      'k8s.gcr.io/pause',
    ];
    for (const name of builtIn) {
      const refused = { code: 'PEAPOD_CONFLICT', message: /claims to be/, hint: /--as/ };
      await t.rejects(load(scratch, claim('app:1', name)), refused, name);
    }
    const found = await load(scratch, claim('pause'), 'localhost/other');
    t.same([found.names, found.images], [['localhost/other:latest'], [expected]], 'but under another name');
    t.same((await load(scratch, claim('app'), 'registry.k8s.io/pause:3.9')).names, [
      'registry.k8s.io/pause:3.9',
    ]);
    await t.rejects(load(scratch, claim('app'), 'pause'), { code: 'PEAPOD_CONFLICT' });
    for (const name of [
      '../app',
      'App',
      '',
      'a b',
      'x\u001b[31m',

      'a'.repeat(300),
    ]) {
      await t.rejects(load(scratch, claim(name)), { code: 'PEAPOD_IMAGE_INVALID' }, JSON.stringify(name));
    }
  },
);
