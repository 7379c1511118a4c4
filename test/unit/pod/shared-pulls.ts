import t from 'tap';
import type { Progress } from '../../../src/image/install.js';
import { SharedPulls } from '../../../src/pod/shared-pulls.js';
import { VirtualImages } from './engine/fixtures/virtual-images.js';

function setUp() {
  const images = new VirtualImages();
  images.isManual = true;
  images.registry.set('web', 'sha256:1');
  return { images, pulls: new SharedPulls(images) };
}

function progress(current: number): Progress {
  return { digest: 'sha256:a', phase: 'downloading', current, total: 10 };
}

t.test('many who pull one image wait for one download', async (t) => {
  const { images, pulls } = setUp();
  const all = [pulls.pull('web'), pulls.pull('web'), pulls.pull('web', { authFile: '/other' })];
  t.equal(images.downloads.length, 2, 'other credentials are another download');
  for (const download of images.downloads) download.finish();
  t.match(await Promise.all(all), [{ image: { reference: 'web' } }, {}, {}]);
  const again = pulls.pull('web');
  t.equal(images.downloads.length, 3, 'the next one asks anew');
  images.downloads[2]?.finish();
  await again;
});

t.test('a download ends when the last who waits for it gives up', async (t) => {
  const { images, pulls } = setUp();
  const [first, second] = [new AbortController(), new AbortController()];
  const one = pulls.pull('web', { signal: first.signal });
  const other = pulls.pull('web', { signal: second.signal });
  first.abort();
  await t.rejects(one, { name: 'AbortError' });
  t.notOk(images.downloads[0]?.isAborted, 'the other one still waits');
  second.abort();
  await t.rejects(other, { name: 'AbortError' });
  t.ok(images.downloads[0]?.isAborted);
  const third = pulls.pull('web');
  images.downloads[1]?.finish();
  t.match(await third, { image: { reference: 'web' } }, 'whoever comes then begins anew');
});

t.test('all see the progress, those that come later from where it stands', async (t) => {
  const { images, pulls } = setUp();
  const seen: number[][] = [[], []];
  const one = pulls.pull('web', { onProgress: ({ current }) => seen[0]?.push(current) });
  const { onProgress } = images.downloads[0]?.options ?? {};
  onProgress?.(progress(1));
  onProgress?.(progress(2));
  const other = pulls.pull('web', { onProgress: ({ current }) => seen[1]?.push(current) });
  onProgress?.(progress(3));
  images.downloads[0]?.finish();
  await Promise.all([one, other]);
  t.same(seen, [
    [1, 2, 3],
    [2, 3],
  ]);
});

t.test('a failure is told to all, and the next one tries anew', async (t) => {
  const { images, pulls } = setUp();
  const all = [pulls.pull('web'), pulls.pull('web')];
  images.downloads[0]?.fail(new Error('broken'));
  for (const pull of all) await t.rejects(pull, /broken/);
  const again = pulls.pull('web');
  images.downloads[1]?.finish();
  await again;
});

t.test('close ends what is under way', async (t) => {
  const { images, pulls } = setUp();
  const pull = pulls.pull('web');
  await pulls.close();
  await t.rejects(pull);
  t.ok(images.downloads[0]?.isAborted);
});
