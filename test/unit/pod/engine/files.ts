import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Volume } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { buildPaths, volumeDirectory } from '../../../../src/kernel/paths.js';
import { removeTree } from '../../../../src/kernel/remove-tree.js';
import { EventLog } from '../../../../src/pod/event-log.js';
import { isFileSource, prepareVolumes } from '../../../../src/pod/volumes.js';
import { podOf } from './fixtures/bench.js';

const root = await mkdtemp(join(tmpdir(), 'peapod-files-'));
t.teardown(() => rm(root, { recursive: true }));

function prepare(volume: Volume): Promise<void> {
  const pod = podOf('web', { volumes: [volume] }, { uid: 'u' });
  return prepareVolumes(buildPaths(root), pod);
}

function hostPath(path: string, type?: string): Volume {
  return { name: 'data', hostPath: { path, ...(type !== undefined && { type }) } };
}

t.test('a host path has to be there and of the type the manifest says', async (t) => {
  const server = createServer();
  const socket = join(root, 's');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const file = join(root, 'file');
  await writeFile(file, '');
  const directory = join(root, 'directory');
  await mkdir(directory);
  const found = { File: file, Directory: directory, Socket: socket, CharDevice: '/dev/null' };
  for (const type of ['', 'File', 'Directory', 'Socket', 'CharDevice', 'BlockDevice']) {
    for (const [kind, path] of Object.entries(found)) {
      const prepared = prepare(hostPath(path, type));
      if (type === '' || type === kind) await t.resolves(prepared, `${kind} as "${type}"`);
      else await t.rejects(prepared, { code: 'PEAPOD_VOLUME_UNREADABLE' }, `${kind} as ${type}`);
    }
    const missing = prepare(hostPath(join(root, 'missing'), type));
    await t.rejects(missing, {
      message: /for volume "data": it does not exist/,
      details: { volume: 'data' },
    });
  }
  await t.resolves(prepare(hostPath(file)));
  server.close();
});

t.test('DirectoryOrCreate and FileOrCreate make what is missing and nothing else', async (t) => {
  const directory = join(root, 'deep', 'directory');
  await prepare(hostPath(directory, 'DirectoryOrCreate'));
  t.ok((await stat(directory)).isDirectory());
  const file = join(directory, 'file');
  await prepare(hostPath(file, 'FileOrCreate'));
  t.ok((await stat(file)).isFile());
  await writeFile(file, 'kept');
  await prepare(hostPath(file, 'FileOrCreate'));
  t.equal(await readFile(file, 'utf8'), 'kept');
  await t.rejects(prepare(hostPath(file, 'DirectoryOrCreate')), { code: 'PEAPOD_VOLUME_UNREADABLE' });
  await t.rejects(prepare(hostPath(directory, 'FileOrCreate')), { code: 'PEAPOD_VOLUME_UNREADABLE' });
  await t.rejects(prepare(hostPath(join(root, 'no', 'file'), 'FileOrCreate')), {
    code: 'PEAPOD_VOLUME_UNREADABLE',
  });
});

t.test('an emptyDir on disk is writable for everybody whatever the umask', async (t) => {
  const before = process.umask(0o077);
  t.teardown(() => process.umask(before));
  await prepare({ name: 'cache', emptyDir: {} });
  const { mode } = await stat(volumeDirectory(buildPaths(root), 'u', 'cache'));
  t.equal(mode & 0o7777, 0o777);
  await prepare({ name: 'fast', emptyDir: { medium: 'Memory' } });
  await t.rejects(stat(volumeDirectory(buildPaths(root), 'u', 'fast')), { code: 'ENOENT' });
});

t.test('a source is a file or a directory, and a link inside a volume is not followed', async (t) => {
  const path = join(root, 'volume');
  await mkdir(join(path, 'inside'), { recursive: true });
  await writeFile(join(path, 'file'), '');
  await symlink('/etc/passwd', join(path, 'link'));
  const source = (subPath?: string) =>
    ({ kind: 'host', path, recursive: false, ...(subPath && { subPath }) }) as const;
  t.equal(isFileSource(source()), false);
  t.equal(isFileSource(source('inside')), false);
  t.equal(isFileSource(source('file')), true);
  t.equal(isFileSource(source('missing')), false);
  t.equal(isFileSource({ kind: 'memory', volume: 'fast' }), false);
});

t.test('equal events are counted, and of many the oldest go', async (t) => {
  const log = new EventLog();
  const note = { type: 'Normal', reason: 'Started', message: 'm', field: '' } as const;
  log.add(note, 1000);
  log.add(note, 5000);
  t.match(log.list(), [
    { count: 2, firstAt: '1970-01-01T00:00:01.000Z', lastAt: '1970-01-01T00:00:05.000Z' },
  ]);
  t.equal(log.takeChanged()?.length, 1);
  t.equal(log.takeChanged(), undefined);
  for (let index = 0; index < 150; index++) log.add({ ...note, message: String(index) }, index);
  t.equal(log.list().length, 100);
  t.equal(log.list()[0]?.message, '50');
});

t.test('a tree deeper than any path can name is removed', async (t) => {
  const top = join(root, 'deep-tree');
  await mkdir(top);
  const before = process.cwd();
  process.chdir(top);
  for (let depth = 0; depth < 60; depth++) {
    const name = 'd'.repeat(200);
    await mkdir(name);
    process.chdir(name);
  }
  process.chdir(before);
  await removeTree(top);
  await t.rejects(stat(top), { code: 'ENOENT' });
  await removeTree(top);
});
