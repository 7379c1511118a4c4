import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { checkImages } from '../../../src/image/check.js';
import { collectGarbage } from '../../../src/image/collect.js';
import { importImage } from '../../../src/image/import.js';
import { installImage } from '../../../src/image/install.js';
import { removeImage } from '../../../src/image/remove.js';
import { openImageStore } from '../../../src/image/store.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { MemorySource } from '../../unit/image/fixtures/memory-source.js';
import { tar } from '../../unit/image/fixtures/tar-bytes.js';
import { countFiles, nothing } from './fixtures/store-files.js';

const skip = requires('root');
/** Of the options this test itself was started with, the one that reads TypeScript: the others take seconds. */
const loader = process.execArgv.filter((option) => option.includes('typescript'));
/** More of them were seen to pass by hand: PEAPOD_KILLS=100. */
const rounds = Number(process.env.PEAPOD_KILLS ?? 3);
/** What the child tells of in the time it takes to install both images and to remove the last. */
const eventsOfARound = 50;
/** Between one event and the next. */
const maxDelayMs = 20;

interface Moment {
  /** How much the child tells before it is killed… */
  readonly events: number;
  /** …after this delay. */
  readonly delayMs: number;
}

async function workAndKill(
  program: string,
  args: readonly string[],
  { events, delayMs }: Moment,
): Promise<void> {
  const path = join(import.meta.dirname, 'fixtures', program);
  const child = spawn(process.execPath, [...loader, path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = 0;
  child.stdout.on('data', ({ length }) => {
    told += length;
  });
  while (told < events) await once(child.stdout, 'data');
  await sleep(delayMs);
  child.kill('SIGKILL');
  await once(child, 'close');
}

function anyMoment(): Moment {
  return { events: 1 + Math.floor(Math.random() * eventsOfARound), delayMs: Math.random() * maxDelayMs };
}

/** The files of three layers of some hundred files each, one of them compressed. */
function writeLayers(directory: string): string[] {
  return ['a', 'b', 'c'].map((name, index) => {
    const entries = Array.from({ length: 400 }, (_, number) => ({
      name: `${name}/${number}`,
      content: name.repeat(number),
    }));
    const bytes = tar({ name, type: '5' }, ...entries);
    const path = join(directory, name);
    writeFileSync(path, index === 1 ? gzipSync(bytes) : bytes);
    return path;
  });
}

t.test('store: killed at any moment, it has all of an image or nothing', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const state = join(scratch, 'state');
  const layers = writeLayers(scratch);
  const source = new MemorySource({ layers: layers.map((path) => readFileSync(path)) });
  let whole = 0;
  for (let round = 0; round < rounds; round++) {
    await workAndKill('install-forever.ts', [state, ...layers], anyMoment());
    const store = await openImageStore(state);
    const count = store.records.get('docker.io/library/killed:latest')?.layers.length ?? 0;
    whole += count > 0 ? 1 : 0;
    await collectGarbage(store, () => false);
    const image = { names: 1, blobs: count + 2, layers: count, links: count, temporary: 0 };
    t.same(countFiles(store), count > 0 ? image : nothing, `round ${round}: an image of ${count} layers`);
    t.same((await checkImages(store)).damage, [], `round ${round}: and it is as it should be`);
    await installImage(store, source, { reference: 'killed' });
    await removeImage(store, 'killed', { inUse: () => false });
    t.same(countFiles(store), nothing, `round ${round}: the next one works, and can be removed`);
    await store.layerSync.idle();
  }
  t.comment(`${whole} of ${rounds} times an image was there`);
});

t.test('store: an import killed at any moment leaves all or nothing', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const [path = ''] = writeLayers(scratch);
  for (const delayMs of [0, 300]) {
    const state = join(scratch, `state${delayMs}`);
    await workAndKill('import-once.ts', [state, path], { events: 1, delayMs });
    const store = await openImageStore(state);
    const isThere = store.records.size === 1;
    await collectGarbage(store, () => false);
    const expected = isThere ? { names: 1, blobs: 3, layers: 1, links: 1, temporary: 0 } : nothing;
    t.same(countFiles(store), expected, isThere ? 'all' : 'nothing');
    t.same((await checkImages(store)).damage, []);
    await importImage(store, { path, name: 'killed' });
  }
});
