import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openHost } from '../../src/kernel/host.js';
import { buildPaths } from '../../src/kernel/paths.js';
import { removeLeftovers } from '../../src/pod/leftovers.js';
import { requires, scratchDirectory } from '../scratch.js';
import { bundleFixture } from './fixtures/bundle.js';

const skip = requires('root', 'cgroup2', 'overlay');
/** A start and a stop of Node on a busy machine; the container runs longer. */
const patienceMs = 10_000;

t.test('a program that let go of its pods ends, and they run on', { skip }, async (t) => {
  const directory = scratchDirectory(t);
  const script = await bundleFixture('let-go', directory);
  const root = join(directory, 'root');
  const env = { ...process.env, NODE_OPTIONS: '' };
  const podUid = execFileSync(process.execPath, [script, root], {
    env,
    encoding: 'utf8',
    timeout: patienceMs,
  });
  const host = openHost(buildPaths(root));
  t.ok(existsSync(join(host.cgroup, `pod${podUid.trim()}`, 'web-0')), 'the container is still there');
  await removeLeftovers(host, []);
  t.notOk(existsSync(host.cgroup), 'and gone once it is a leftover');
  host.close();
});
