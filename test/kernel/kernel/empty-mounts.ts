import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CLONE_NEWNS } from '../../../src/kernel/constants.js';
import { EmptyMounts } from '../../../src/kernel/empty-mounts.js';
import { launch } from '../../../src/kernel/launch.js';
import { waitForExit } from '../../../src/kernel/pidfd.js';
import { encodeChecked } from '../../../src/kernel/plan/encoded.js';
import { binding, packageRoot } from '../../../src/native/binding.js';
import { withLeakCheck } from '../../leaks.js';
import { requires, scratchDirectory } from '../../scratch.js';
import { stdoutSteps } from '../../tiny-plan.js';

const native = binding();
const skip = requires('root');

async function withMounts(
  t: Test,
  anchor: string,
  work: (mounts: EmptyMounts) => Promise<void>,
): Promise<void> {
  // What the addon opens once, it keeps.
  await new EmptyMounts(scratchDirectory(t)).make().then(native.close);
  await withLeakCheck(
    t,
    async () => {
      const mounts = new EmptyMounts(anchor);
      await work(mounts);
      mounts.close();
    },
    { cgroups: [] },
  );
}

/** What busybox prints in a copy of these mounts. */
async function runInCopy(mounts: number, command: readonly string[]): Promise<string> {
  const [reader, writer] = native.pipe();
  const program = native.memfd('busybox', readFileSync('/bin/busybox'), true, true);
  const plan = encodeChecked(
    {
      version: 1,
      name: 'busybox',
      clone: { flags: 0, secondFlags: 0, cgroup: null },
      inputs: ['mounts', 'program', 'output'],
      join: [],
      child: [
        { op: 'copyMounts', mounts: 'mounts' },
        ...stdoutSteps,
        { op: 'duplicateFd', fd: 'output', number: 2 },
        { op: 'closeOnExec', first: 3 },
        { op: 'resetSignals' },
        { op: 'execFd', file: 'program', argv: ['busybox', ...command], envp: [] },
      ],
    },
    'addon',
  );
  const { pidfd } = await launch(plan, { mounts, program, output: writer });
  await waitForExit(pidfd);
  for (const fd of [pidfd, program, writer]) native.close(fd);
  const text = Buffer.alloc(4096);
  const size = readSync(reader, text);
  native.close(reader);
  return text.toString('utf8', 0, size);
}

t.test('empty mounts: nothing is in them, and nobody', { skip }, async (t) => {
  await withMounts(t, scratchDirectory(t), async (mounts) => {
    t.equal(mounts.made, undefined);
    const [fd, again] = await Promise.all([mounts.make(), mounts.make()]);
    t.equal(again, fd, 'they are made once');
    t.equal(mounts.made, fd);
    t.equal(native.namespaceType(fd), CLONE_NEWNS);
    const name = readlinkSync(`/proc/self/fd/${fd}`);
    const processes = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
    t.notOk(processes.some((pid) => mountNamespace(pid) === name));
    t.equal(await runInCopy(fd, ['find', '/']), '/\n');
    t.match(await runInCopy(fd, ['mkdir', '/more']), /Read-only file system/);
  });
});

function mountNamespace(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

t.test('empty mounts: what a copy mounts is its own', { skip }, async (t) => {
  await withMounts(t, scratchDirectory(t), async (mounts) => {
    const fd = await mounts.make();
    t.equal(await runInCopy(fd, ['mount', '-t', 'tmpfs', 'none', '/']), '');
    t.equal(await runInCopy(fd, ['find', '/']), '/\n');
    t.match(await runInCopy(fd, ['mkdir', '/more']), /Read-only file system/);
  });
});

t.test('empty mounts: what could not be made is made at the next try', { skip }, async (t) => {
  const anchor = join(scratchDirectory(t), 'anchor');
  await withMounts(t, anchor, async (mounts) => {
    await t.rejects(mounts.make(), {
      code: 'PEAPOD_LAUNCH_FAILED',
      message: 'Cannot make an empty mount namespace: mount: ENOENT',
    });
    t.equal(mounts.made, undefined);
    mkdirSync(anchor);
    t.ok((await mounts.make()) > 2);
  });
});

t.test('empty mounts: once closed there are none', { skip }, async (t) => {
  const closed = { code: 'PEAPOD_LAUNCH_FAILED', message: /its host was closed/ };
  await withMounts(t, scratchDirectory(t), async (mounts) => {
    const making = mounts.make();
    mounts.close();
    await t.rejects(making, closed, 'while they are made');
    await t.rejects(mounts.make(), closed);
    t.equal(mounts.made, undefined);
  });
  await withMounts(t, scratchDirectory(t), async (mounts) => {
    await mounts.make();
    mounts.close();
    t.equal(mounts.made, undefined);
  });
});

t.test('empty mounts: in a chroot, where they would not be empty, there are none', { skip }, (t) => {
  const root = scratchDirectory(t);
  const anchor = scratchDirectory(t);
  const program = `
    const native = require('${packageRoot()}/node_modules/node-gyp-build')('${packageRoot()}');
    native.makeEmptyMounts('${anchor}').then(console.log, ({ code, syscall }) => console.log(code, syscall));
  `;
  const script = 'mount --rbind / "$0" && exec chroot "$0" "$1" -e "$2"';
  const args = ['-u', 'NODE_OPTIONS', 'unshare', '-m', 'sh', '-c', script, root, process.execPath, program];
  t.equal(execFileSync('/usr/bin/env', args, { encoding: 'utf8' }), 'EXDEV chroot\n');
  t.end();
});
