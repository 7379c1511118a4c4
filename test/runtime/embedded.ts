import { readdirSync, symlinkSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type Engine, open, type Pod } from '../../src/index.js';
import { requires, scratchDirectory } from '../scratch.js';

const skip = requires('root', 'cgroup2', 'overlay');

const command = ['/bin/sh', '-c', 'sleep 1000'];
const idle: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'idle' },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'host', command }] },
};

async function untilSeen(engine: Engine, isIt: (pod: Pod, type: string) => boolean): Promise<void> {
  for await (const { object, type } of engine.watch({ name: 'idle' })) if (isIt(object, type)) return;
}

function countDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Descriptors of streams that end are closed a moment later. */
async function settles(count: () => number, wanted: number): Promise<number> {
  for (let turn = 0; turn < 100 && count() > wanted; turn++) await sleep(20);
  return count();
}

/** Removes the pod, whoever has the root. */
async function removePod(root: string): Promise<void> {
  const engine = await open({ root });
  try {
    const gone = untilSeen(engine, (_, type) => type === 'DELETED');
    await engine.delete('idle', { force: true });
    await gone;
  } finally {
    await engine.close();
  }
}

t.test('an engine in this process, on a root that is a symbolic link', { skip }, async (t) => {
  const directory = scratchDirectory(t);
  await mkdir(join(directory, 'real'));
  const root = join(directory, 'link');
  symlinkSync('real', root);
  const engine = await open({ root });
  try {
    await engine.apply(idle);
    await untilSeen(engine, hasBeenTried);
    t.match(await engine.get('idle'), { status: { phase: 'Running' } }, 'it is hidden where it really is');
    await closesSessions(t, engine);
  } finally {
    await engine.close();
    await engine.close();
    await removePod(root);
  }
});

function hasBeenTried({ status }: Pod): boolean {
  return status?.containerStatuses?.[0]?.state?.waiting?.reason !== 'ContainerCreating';
}

async function closesSessions(
  t: {
    ok(is: unknown, message: string): unknown;
    equal(found: unknown, wanted: unknown, message: string): unknown;
  },
  engine: Engine,
): Promise<void> {
  // By then what an engine makes ahead for its next pod and container is there.
  await sleep(500);
  const before = countDescriptors();
  for (let turn = 0; turn < 10; turn++) {
    const session = await engine.exec('idle', { command: ['sleep', '1000'], stdin: true });
    session.close();
  }
  t.ok((await settles(countDescriptors, before)) <= before, 'a closed session holds no descriptor');
  const session = await engine.exec('idle', { command: ['sleep', '1000'] });
  await engine.close();
  t.equal((await session.exit).kind, 'unknown', 'a session ends with its engine');
}

t.test('an engine keeps its root when the run directory is removed', { skip }, async (t) => {
  const root = scratchDirectory(t);
  const engine = await open({ root });
  await rm(join(root, 'run'), { recursive: true });
  await t.rejects(open({ root }), { code: 'PEAPOD_ROOT_HELD' });
  await engine.close();
  await (await open({ root })).close();
});
