import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { execInContainer } from '../../src/container/exec.js';
import { runPaths } from '../../src/container/run-paths.js';
import { requires } from '../scratch.js';
import { exec, finish, shell, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');
/** As many as an exec needs, and a few more. */
const mostFree = 12;

/** Runs `work` with room for `free` more descriptors; what it rejects with. */
async function withFewDescriptors(free: number, work: () => Promise<unknown>): Promise<unknown> {
  const held: number[] = [];
  try {
    for (;;) held.push(openSync('/dev/null', 'r'));
  } catch {
    for (const fd of held.splice(0, free)) closeSync(fd);
  }
  try {
    return await work().then(
      () => undefined,
      (error: unknown) => error,
    );
  } finally {
    for (const fd of held) closeSync(fd);
  }
}

t.test('a start whose plan is refused is an error of the start and of nothing else', { skip }, async (t) => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  t.teardown(() => process.off('unhandledRejection', note));
  await withPod(t, {}, async (pod) => {
    await t.rejects(pod.start('web', shell('true', { env: ['A=a\0b'] })), { code: 'PEAPOD_PLAN_INVALID' });
    await t.rejects(pod.start('web', shell('true', { capabilities: ['NONE'] })), { code: 'PEAPOD_USAGE' });
    await sleep(200);
  });
  t.same(unhandled, []);
});

t.test(
  'whatever a start cannot make on the host, it names, and nothing of the container has run',
  { skip },
  async (t) => {
    await withPod(t, {}, async (pod) => {
      const volume = join(pod.root, 'volume');
      mkdirSync(volume);
      const mount = { source: { kind: 'host', path: volume, recursive: false }, readOnly: false } as const;
      const mounts = [{ ...mount, target: '/volume', file: false }];
      const failing = async (name: string, blocked: string) => {
        writeFileSync(blocked, '');
        const error = await pod
          .start(name, shell('touch /volume/ran'), { mounts })
          .catch((reason: Error) => reason);
        t.match(error, { code: 'PEAPOD_LAUNCH_FAILED', details: { code: /ENOTDIR|EEXIST/ } });
        t.match((error as Error).message, blocked, `${blocked} is named`);
        t.same(readdirSync(volume), []);
        rmSync(blocked, { force: true });
      };
      const { host, spec } = pod;
      const paths = runPaths(host, { podUid: spec.podUid, name: 'x', attempt: 0 });
      mkdirSync(dirname(dirname(paths.disk)), { recursive: true });
      mkdirSync(host.paths.podLogs, { recursive: true });
      // Of the first part of what a start makes, of the last, and of the last once the record is there.
      for (const blocked of [dirname(paths.disk), paths.run, pod.logDirectory('x')])
        await failing('x', blocked);
      t.notOk(existsSync(paths.run));
      t.notOk(existsSync(paths.disk));
      t.notOk(existsSync(paths.cgroup));
      const container = await pod.start('x', shell('touch /volume/ran'), { mounts });
      await container.exit;
      t.same(readdirSync(volume), ['ran'], 'the next start works');
    });
  },
);

t.test('execs that run out of descriptors leave none open', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const container = await pod.start('web', shell('sleep 1000'));
    const execOnce = () => exec(container, shell('true'));
    const execTerminal = async () => {
      const size = { rows: 24, columns: 80 };
      return finish(
        await execInContainer(container, shell('true', { terminal: true }), { stdin: true, size }),
      );
    };
    await Promise.all([execOnce(), execTerminal()]);
    // The next container's monitor is there by then, and holds descriptors, too.
    await sleep(500);
    const before = readdirSync('/proc/self/fd').length;
    for (let free = 0; free < mostFree; free++) {
      for (const work of [execOnce, execTerminal]) {
        await withFewDescriptors(free, work);
      }
    }
    await sleep(100);
    t.equal(readdirSync('/proc/self/fd').length, before);
    t.equal((await exec(container, shell('echo still here'))).stdout, 'still here\n');
  });
});

t.test('a container removed leaves nothing on disk, whatever its files are called', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const script = String.raw`touch "$(printf '/\377x')"; mkdir -p "$(printf '/\376/\375')"`;
    const container = await pod.start('web', shell(script));
    await container.exit;
    await container.remove();
    t.notOk(existsSync(container.paths.disk));
  });
});
