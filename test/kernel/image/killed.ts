import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { importImage } from '../../../src/image/import.js';
import { listImages } from '../../../src/image/list.js';
import { collectLayers } from '../../../src/image/remove.js';
import { resolveImage } from '../../../src/image/resolve.js';
import { openImageStore } from '../../../src/image/store.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { tar } from '../../unit/image/fixtures/tar-bytes.js';
import { describeTree } from './fixtures/describe-tree.js';
import { makeTree } from './fixtures/make-tree.js';

const skip = requires('root');
const program = join(import.meta.dirname, 'fixtures/import-once.ts');
/** Of the options this test itself was started with, the one that reads TypeScript: the others take seconds. */
const loader = process.execArgv.filter((option) => option.includes('typescript'));
const rounds = 5;

async function importAndKill(state: string, path: string, delayMs: number): Promise<void> {
  const child = spawn(process.execPath, [...loader, program, state, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await sleep(delayMs);
  child.kill('SIGKILL');
  await once(child, 'close');
}

t.test('store: an import killed at any moment leaves all or nothing', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  const path = join(scratch, 'large.tar');
  const entries = Array.from({ length: 3000 }, (_, index) => ({
    name: `d/${index}`,
    content: 'x'.repeat(index),
  }));
  writeFileSync(path, tar({ name: 'd', type: '5' }, ...entries));
  const whole = await openImageStore(join(scratch, 'whole'));
  const { layers } = await importImage(whole, { path, name: 'whole' });
  const expected = describeTree(join(whole.layers, layers[0]?.id ?? '', 'fs'));
  for (let round = 0; round < rounds; round++) {
    const state = join(scratch, `state${round}`);
    await importAndKill(state, path, round * 70);
    const store = await openImageStore(state);
    t.same(readdirSync(store.temporary), [], `round ${round}: leftovers are removed`);
    for (const id of readdirSync(store.layers)) t.same(describeTree(join(store.layers, id, 'fs')), expected);
    const isThere = (await listImages(store)).some(({ isBuiltIn }) => !isBuiltIn);
    if (isThere) await resolveImage(store, 'killed');
    else await collectLayers(store, () => false);
    t.equal(
      readdirSync(store.layers).length,
      isThere ? 1 : 0,
      `round ${round}: ${isThere ? 'all' : 'nothing'}`,
    );
  }
});

t.test(
  'store: whatever lies in its temporary directory is removed when it is opened',
  { skip },
  async (t) => {
    const state = join(scratchDirectory(t), 'state');
    const { temporary } = await openImageStore(state);
    mkdirSync(join(temporary, 'left/fs'), { recursive: true });
    makeTree(join(temporary, 'left/fs'));
    writeFileSync(join(temporary, 'record'), '{');
    await openImageStore(state);
    t.same(readdirSync(temporary), []);
  },
);
