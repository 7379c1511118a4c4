import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { defaultLimits, type Limits } from '../../../../src/image/limits.js';
import { type UnpackedLayer, unpackLayer } from '../../../../src/image/unpack/unpack-layer.js';
import { UnpackWorker } from '../../../../src/image/unpack/unpack-worker.js';
import { executableFd } from '../../../../src/kernel/memfd.js';
import { readProcessStat } from '../../../../src/kernel/process.js';
import { removeTree } from '../../../../src/kernel/remove-tree.js';
import { withLeakCheck } from '../../../leaks.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { tar } from '../../../unit/image/fixtures/tar-bytes.js';

const skip = requires('root');

interface Bench {
  /** Unpacks an archive to a directory of its own, which is removed afterwards. */
  unpack(archive: Buffer, options?: UnpackOptions): Promise<UnpackedLayer>;
}

interface UnpackOptions {
  readonly limits?: Partial<Limits>;
  readonly signal?: AbortSignal;
  readonly onProgress?: () => void;
}

function makeBench(scratch: string): Bench {
  let count = 0;
  return {
    unpack: async (archive, { limits, ...options } = {}) => {
      const [directory, blobPath] = [join(scratch, `layer${count}`), join(scratch, `blob${count}`)];
      count++;
      writeFileSync(blobPath, archive);
      mkdirSync(directory);
      const request = { blobPath, directory, limits: { ...defaultLimits, ...limits }, ...options };
      return unpackLayer(request).finally(() => removeTree(directory));
    },
  };
}

/** Takes about a second to unpack. */
const large = gzipSync(
  tar(
    ...Array.from({ length: 40 }, (_, index) => ({
      name: `${index}`,
      content: Buffer.alloc(2 ** 23, index),
    })),
  ),
  { level: 1 },
);
const small = tar({ name: 'a', content: 'small' });

/** Pids of the processes that unpack for us. */
function jails(): number[] {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const stats = names.flatMap((pid) => readProcessStat(Number(pid)) ?? []);
  return stats
    .filter(({ comm, parent }) => comm === 'peapod:unpack' && parent === process.pid)
    .map(({ pid }) => pid);
}

t.test('unpackLayer: an abort ends all of it, at any moment', { skip }, async (t) => {
  const { unpack } = makeBench(scratchDirectory(t));
  executableFd('unpack');
  await withLeakCheck(t, async () => {
    await t.rejects(unpack(large, { signal: AbortSignal.abort(new Error('before')) }), { message: 'before' });
    for (const after of [1, 2, 5]) {
      const controller = new AbortController();
      let reads = 0;
      const onProgress = () => {
        if (++reads === after) controller.abort(new Error('stop'));
      };
      await t.rejects(unpack(large, { signal: controller.signal, onProgress }), { message: 'stop' });
    }
    const early = new AbortController();
    const unpacking = unpack(large, { signal: early.signal });
    setImmediate(() => early.abort(new Error('early')));
    await t.rejects(unpacking, { message: 'early' });
  });
  t.same(jails(), []);
  t.equal((await unpack(small)).sizeBytes, 5, 'the next one is unpacked');
});

t.test('unpackLayer: an abort ends a process that does nothing any more', { skip }, async (t) => {
  const { unpack } = makeBench(scratchDirectory(t));
  const controller = new AbortController();
  const stop = () => {
    for (const pid of jails()) process.kill(pid, 'SIGSTOP');
    // By then the thread waits in a write that nobody takes.
    setTimeout(() => controller.abort(new Error('stopped')), 200);
  };
  await t.rejects(unpack(large, { signal: controller.signal, onProgress: stop }), { message: 'stopped' });
  t.same(jails(), []);
});

t.test('unpackLayer: those that wait are aborted, too, and the others go on', { skip }, async (t) => {
  const { unpack } = makeBench(scratchDirectory(t));
  const controller = new AbortController();
  const all = [unpack(large), unpack(large), unpack(small, { signal: controller.signal }), unpack(small)];
  controller.abort(new Error('no more'));
  const ends = await Promise.allSettled(all);
  t.same(
    ends.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  );
});

t.test(
  'UnpackWorker: one that ends leaves the thread to another that has only begun',
  { skip },
  async (t) => {
    const path = join(scratchDirectory(t), 'blob');
    writeFileSync(path, small);
    const commandFd = openSync('/dev/null', 'w');
    const task = { path, commandFd, limits: defaultLimits };
    const { signal } = new AbortController();
    const worker = new UnpackWorker();
    let done = 0;
    // Let go of, the thread would not keep this program from ending here.
    for (let round = 0; round < 20; round++) {
      const others: Promise<unknown>[] = [];
      const onRead = () => others.push(worker.run(task, { signal }));
      await worker.run(task, { onRead, signal });
      done += (await Promise.all(others)).length;
    }
    t.ok(done >= 20, `${done} read`);
    await worker.end();
    closeSync(commandFd);
  },
);

t.test('unpackLayer: a process that is killed gives an error', { skip }, async (t) => {
  const { unpack } = makeBench(scratchDirectory(t));
  let killed = 0;
  const kill = () => {
    for (const pid of jails()) if (killed++ === 0) process.kill(pid, 'SIGKILL');
  };
  await t.rejects(unpack(large, { onProgress: kill }), { code: 'ECHILD', name: 'SystemError' });
  t.ok(killed > 0);
});

t.test('unpackLayer: it runs with few privileges, and sees nothing but the layer', { skip }, async (t) => {
  const { unpack } = makeBench(scratchDirectory(t));
  const seen: Record<string, unknown> = {};
  const look = () => {
    const [pid] = jails();
    if (pid === undefined || seen.status !== undefined) return;
    seen.status = readFileSync(`/proc/${pid}/status`, 'utf8');
    seen.mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
    seen.descriptors = readdirSync(`/proc/${pid}/fd`).length;
  };
  await unpack(large, { onProgress: look });
  const capabilities = '000000008800001b';
  for (const set of ['CapPrm', 'CapEff', 'CapBnd']) t.match(seen.status, `${set}:\t${capabilities}`);
  t.match(seen.status, 'CapInh:\t0000000000000000');
  t.match(seen.status, 'NoNewPrivs:\t1');
  t.match(seen.mounts, /^\S+ \S+ \S+ \/\S+ \/ rw,nosuid,nodev,noexec[^\n]*\n$/, 'one mount');
  // Commands, answers, the root, a directory, a file.
  t.ok((seen.descriptors as number) <= 5, `${seen.descriptors} descriptors`);
});

t.test('unpackLayer: a disk that is full is an error of the host', { skip }, async (t) => {
  const scratch = scratchDirectory(t);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', scratch]);
  t.teardown(() => execFileSync('umount', [scratch]));
  const archive = gzipSync(tar({ name: 'large', content: Buffer.alloc(2 ** 23) }));
  const error = await makeBench(scratch)
    .unpack(archive)
    .catch((reason) => reason);
  t.match(error, { name: 'SystemError', code: 'ENOSPC' });
  t.match(error.message, '"large"');
});
