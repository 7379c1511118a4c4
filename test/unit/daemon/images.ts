import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { PeapodError } from '../../../src/errors.js';
import type { Progress } from '../../../src/image/install.js';
import { serveFake } from '../fixtures/daemon.js';

const layer = { digest: 'sha256:1', phase: 'downloading', total: 10 } as const;

t.test('calls about images reach the engine and their results come back', async (t) => {
  const { engine, client } = await serveFake(t);
  const { images } = client;
  t.match(await images.inspect('localhost:5000/a/b@sha256:1'), { RepoTags: ['nginx:latest'] });
  t.match(await images.tag('a', 'b'), { reference: 'b' });
  await images.remove(['a', 'b'], { force: true });
  t.same(engine.calls.at(-1), ['remove', ['a', 'b'], { force: true }]);
  t.match(await images.load({ path: '/a.tar', name: 'web' }), [{ sizeBytes: 187_654_321 }]);
  t.same(engine.calls.at(-1), ['load', { path: '/a.tar', name: 'web' }]);
  engine.images.damage.push({ kind: 'blob', digest: 'sha256:1', why: 'broken', references: ['a'] });
  t.same(await images.check(), { blobs: 3, layers: 1, damage: engine.images.damage });
  const saved = await buffer(images.save(['a'], { format: 'docker-archive' }));
  t.equal(saved.length, 100_003);
  t.same(engine.calls.at(-1), ['save', ['a'], 'docker-archive']);
});

t.test('a pull tells its progress, then its image', async (t) => {
  const { engine, client } = await serveFake(t);
  engine.images.transfer = async ({ onProgress }) => {
    onProgress?.({ ...layer, current: 5 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    onProgress?.({ ...layer, current: 10 });
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const seen: Progress[] = [];
  const image = await client.images.pull('web', { authFile: '/a.json', onProgress: (one) => seen.push(one) });
  t.match(image, { reference: 'web' });
  t.same(engine.calls.at(-1), ['pull', 'web', { authFile: '/a.json' }]);
  t.same(
    seen.map(({ current }) => current),
    [5, 10],
  );
});

t.test('a pull that fails after its progress keeps its error', async (t) => {
  const { engine, client } = await serveFake(t);
  const failure = new PeapodError('PEAPOD_REGISTRY_DENIED', 'no', { hint: 'log in' });
  engine.images.transfer = async ({ onProgress }) => {
    onProgress?.({ ...layer, current: 5 });
    throw failure;
  };
  await t.rejects(client.images.pull('web'), { code: failure.code, message: 'no', hint: 'log in' });
  engine.failure = failure;
  await t.rejects(buffer(client.images.save(['web'])), { code: failure.code });
  await t.rejects(client.images.load({ path: '/a' }), { code: failure.code });
});

t.test('a pull that is given up here is given up there', async (t) => {
  const { engine, client } = await serveFake(t);
  const ended = new Promise<void>((resolve) => {
    engine.images.transfer = async ({ signal, onProgress }) => {
      onProgress?.({ ...layer, current: 1 });
      await once(signal as AbortSignal, 'abort');
      resolve();
    };
  });
  const controller = new AbortController();
  const pull = client.images.pull('web', { signal: controller.signal, onProgress: () => controller.abort() });
  await t.rejects(pull, { name: 'AbortError' });
  await ended;
});
