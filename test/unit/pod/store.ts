import { mkdir, readdir } from 'node:fs/promises';
import t from 'tap';
import { buildPaths } from '../../../src/kernel/paths.js';
import type { PodRecord } from '../../../src/pod/record.js';
import { PodStore } from '../../../src/pod/store.js';
import { scratchDirectory } from '../../scratch.js';

const record: PodRecord = {
  uid: 'u-1',
  pod: { metadata: { name: 'web', uid: 'u-1' } },
  pullPolicyStated: [],
  startTime: 0,
  containers: {},
  resourceVersion: 1,
};

/** What JSON has no word for fails as a full disk does: after the directory is made. */
const unwritable = { ...record, resourceVersion: 1n as unknown as number };

t.test('nothing stays of a pod that could not be written', async (t) => {
  const paths = buildPaths(scratchDirectory(t));
  const store = new PodStore(paths);
  await mkdir(paths.pods, { recursive: true });
  await t.rejects(store.save(unwritable), TypeError);
  t.same(await readdir(paths.pods), []);
  await store.save(record);
  await t.rejects(store.save(unwritable), TypeError);
  t.same(await readdir(paths.pods), ['u-1'], 'but all of one that is there already');
});
