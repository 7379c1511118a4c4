import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { collectGarbage } from '../../../src/image/collect.js';
import { type Digest, digestOf } from '../../../src/image/digest.js';
import { installImage, type Progress } from '../../../src/image/install.js';
import { layerFiles } from '../../../src/image/layer.js';
import { openImageStore } from '../../../src/image/store.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { diffIdOf, MemorySource } from '../../unit/image/fixtures/memory-source.js';
import { tar } from '../../unit/image/fixtures/tar-bytes.js';
import { countFiles, nothing, openFiles } from './fixtures/store-files.js';

const skip = requires('root');
const unused = () => false;

const layer = (name: string, content = name) => tar({ name, content });

t.test('install: an image with all its parts is there afterwards, byte by byte', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const layers = [layer('a'), gzipSync(layer('b')), layer('c')];
  const source = new MemorySource({ layers, config: { Cmd: ['/c'], Env: ['A=1', 'B'] } });
  const told: Progress[] = [];
  const record = await installImage(store, source, {
    reference: 'app',
    onProgress: (one) => told.push(one),
  });
  t.match(record, {
    reference: 'docker.io/library/app:latest',
    manifest: source.document.digest,
    id: source.config,
    config: { cmd: ['/c'], env: ['A=1'] },
    layers: layers.map((bytes) => ({ digest: digestOf(bytes), diffId: diffIdOf(bytes), sizeBytes: 1 })),
  });
  for (const [digest, bytes] of [...source.blobs, [source.document.digest, source.document.bytes] as const]) {
    t.same(readFileSync(join(store.blobs, digest.slice(7))), bytes);
  }
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    const files = layerFiles(store, diffIdOf(layers[index] as Buffer));
    t.equal(readFileSync(join(files, name), 'utf8'), name);
  }
  t.same(countFiles(store), { names: 1, blobs: 5, layers: 3, links: 3, temporary: 0 });
  const last = new Map(
    told.map(({ digest, phase, current, total }) => [digest, { phase, isWhole: current === total }]),
  );
  for (const digest of source.layers) t.same(last.get(digest), { phase: 'done', isWhole: true });
  await store.layerSync.idle();
});

t.test('install: what is here already is not fetched or unpacked again', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const base = layer('base');
  await installImage(store, new MemorySource({ layers: [base] }), { reference: 'a' });
  const source = new MemorySource({ layers: [base, layer('more')] });
  const phases = new Map<string, string>();
  await installImage(store, source, {
    reference: 'b',
    onProgress: ({ digest, phase }) => phases.set(digest, phase),
  });
  t.notOk(source.fetched.includes(digestOf(base)));
  t.equal(phases.get(digestOf(base)), 'exists');
  t.equal(phases.get(digestOf(layer('more'))), 'done');
});

t.test('install: whatever contradicts itself is refused, and nothing stays', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const good = [layer('a'), layer('b')];
  const diffIds = good.map(diffIdOf);
  const other = digestOf(Buffer.from('other'));
  const rootfs = (diff_ids: unknown) => ({ document: { rootfs: { type: 'layers', diff_ids } } });
  const cases: Record<string, MemorySource> = {
    'a layer with another content': new MemorySource({ layers: good, ...rootfs([diffIds[0], other]) }),
    'layers the other way round': new MemorySource({ layers: good, ...rootfs(diffIds.toReversed()) }),
    'fewer diff ids than layers': new MemorySource({ layers: good, ...rootfs(diffIds.slice(1)) }),
    'a diff id that climbs': new MemorySource({ layers: good, ...rootfs([diffIds[0], 'sha256:../../x']) }),
    'no layers': new MemorySource({ layers: [] }),
    'a layer that is no archive': new MemorySource({
      layers: [layer('a'), Buffer.alloc(5000, 'no archive ')],
    }),
    'a configuration of another type': new MemorySource({ layers: good, config: { Cmd: 'sh' } }),
  };
  const wrongBlob = new MemorySource({ layers: good });
  wrongBlob.blobs.set(digestOf(layer('b')), layer('x'));
  const shortBlob = new MemorySource({ layers: good });
  shortBlob.blobs.set(digestOf(layer('b')), layer('b').subarray(1));
  const longBlob = new MemorySource({ layers: good });
  longBlob.blobs.set(digestOf(layer('b')), Buffer.concat([layer('b'), Buffer.alloc(1)]));
  for (const [what, source] of Object.entries({ ...cases, wrongBlob, shortBlob, longBlob })) {
    await t.rejects(installImage(store, source, { reference: 'a' }), { code: 'PEAPOD_IMAGE_INVALID' }, what);
    t.same(countFiles(store), nothing, `${what}: nothing stays`);
  }
  await installImage(store, new MemorySource({ layers: good }), { reference: 'a' });
  t.equal(store.records.size, 1, 'the next one works');
});

t.test('install: a layer that is here is no proof of a blob that claims to be it', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const secret = layer('secret');
  await installImage(store, new MemorySource({ layers: [secret] }), { reference: 'a' });
  const rootfs = { type: 'layers', diff_ids: [diffIdOf(secret)] };
  const liar = new MemorySource({ layers: [layer('other')], document: { rootfs } });
  await t.rejects(installImage(store, liar, { reference: 'b' }), { code: 'PEAPOD_IMAGE_INVALID' });
  const again = new MemorySource({ layers: [gzipSync(secret)] });
  await installImage(store, again, { reference: 'b' });
  t.equal(countFiles(store).layers, 1, 'compressed in another way it is the same layer');
});

t.test('install: a blob that many ask for at the same time is fetched once', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const layers = [layer('a'), layer('b')];
  const sources = Array.from({ length: 8 }, () => new MemorySource({ layers }));
  for (const source of sources) source.onFetch = () => sleep(20);
  await Promise.all(
    sources.map((source, index) => installImage(store, source, { reference: `app:${index}` })),
  );
  t.equal(sources.flatMap(({ fetched }) => fetched).length, 3);
  t.same(countFiles(store), { names: 8, blobs: 4, layers: 2, links: 2, temporary: 0 });
});

t.test('install: when the one that fetches fails or is aborted, another one does', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const layers = [layer('a')];
  const reason = new Error('enough');
  for (const abort of [true, false]) {
    const leader = new MemorySource({ layers });
    const controller = new AbortController();
    let fail = () => {};
    const fetching = new Promise<void>((begin) => {
      leader.onFetch = (digest, _target, signal) =>
        digest === leader.config ||
        new Promise((_, reject) => {
          fail = () => reject(reason);
          signal?.addEventListener('abort', fail);
          begin();
        });
    });
    const reference = `app:${abort}`;
    const first = installImage(store, leader, { reference: `first:${abort}`, signal: controller.signal });
    await fetching;
    const follower = new MemorySource({ layers });
    const second = installImage(store, follower, { reference });
    if (abort) controller.abort(reason);
    else fail();
    await t.rejects(first, reason);
    t.equal((await second).reference, `docker.io/library/${reference}`);
    t.same(follower.fetched, [digestOf(layer('a'))], 'the configuration was there already');
    store.records.clear();
    await collectGarbage(store, unused);
  }
});

t.test('install: aborted, it rejects with the reason and leaves nothing', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  for (const stage of ['waiting', 'downloading', 'extracting']) {
    const controller = new AbortController();
    const source = new MemorySource({
      layers: [layer('a'), layer('b', 'b'.repeat(3_000_000)), layer('c')],
    });
    const install = installImage(store, source, {
      reference: 'a',
      signal: controller.signal,
      onProgress: ({ phase }) => {
        if (phase === stage) controller.abort(new Error(stage));
      },
    });
    await t.rejects(install, { message: stage });
    t.same(countFiles(store), nothing, stage);
    t.same(openFiles(store), [], `${stage}: nothing stays open`);
  }
  await store.layerSync.idle();
});

t.test('install: a collection meanwhile takes nothing away', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const source = new MemorySource({ layers: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => layer(name)) });
  let isDone = false;
  source.onFetch = () => collectGarbage(store, unused);
  const collecting = (async () => {
    while (!isDone) {
      await collectGarbage(store, unused);
      await sleep(1);
    }
  })();
  await installImage(store, source, { reference: 'a', onProgress: () => void collectGarbage(store, unused) });
  isDone = true;
  await collecting;
  t.same(countFiles(store), { names: 1, blobs: 8, layers: 6, links: 6, temporary: 0 });
});

t.test(
  'install: a source that hangs keeps nobody from removing, tagging or installing others',
  { skip },
  async (t) => {
    const store = await openImageStore(join(scratchDirectory(t), 'state'));
    const controller = new AbortController();
    const hanging = new MemorySource({ layers: ['a', 'b', 'c'].map((name) => layer(name)) });
    hanging.onFetch = (_digest, _target, signal) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const install = installImage(store, hanging, { reference: 'a', signal: controller.signal });
    await installImage(store, new MemorySource({ layers: [layer('d')] }), { reference: 'b' });
    await collectGarbage(store, unused);
    controller.abort(new Error('enough'));
    await t.rejects(install, { message: 'enough' });
  },
);

t.test('install: a name that moves leaves only layers in use behind', { skip }, async (t) => {
  const store = await openImageStore(join(scratchDirectory(t), 'state'));
  const [old, kept, fresh] = ['old', 'kept', 'new'].map((name) => layer(name)) as [Buffer, Buffer, Buffer];
  await installImage(store, new MemorySource({ layers: [kept, old] }), { reference: 'a' });
  await installImage(store, new MemorySource({ layers: [kept, fresh] }), { reference: 'a' });
  t.match(countFiles(store), { names: 1, blobs: 4, layers: 3 });
  const isOld = (id: string) => id === diffIdOf(old).slice(7);
  t.same((await collectGarbage(store, isOld)).layers, []);
  t.same((await collectGarbage(store, unused)).layers, [diffIdOf(old) satisfies Digest]);
  t.match(countFiles(store), { layers: 2, links: 2 });
});

t.test('install: when the disk is full it says so, and nothing stays', { skip }, async (t) => {
  const mounted = scratchDirectory(t);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', mounted]);
  t.teardown(() => execFileSync('umount', [mounted]));
  const store = await openImageStore(join(mounted, 'state'));
  const large = new MemorySource({ layers: [layer('a'), layer('b', 'b'.repeat(4_000_000))] });
  await t.rejects(installImage(store, large, { reference: 'a' }), {
    name: 'SystemError',
    code: 'ENOSPC',
    hint: /peapod rmi/,
  });
  t.same(countFiles(store), nothing);
  const bomb = new MemorySource({ layers: [gzipSync(layer('b', 'b'.repeat(4_000_000)))] });
  await t.rejects(installImage(store, bomb, { reference: 'a' }), { code: 'PEAPOD_IMAGE_INVALID' });
  t.same(countFiles(store), nothing);
  await installImage(store, new MemorySource({ layers: [layer('a')] }), { reference: 'a' });
  await store.layerSync.idle();
});
