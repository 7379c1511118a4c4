import { readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { WATCH_DISCONNECT, WATCH_READABLE, WATCH_WRITABLE } from '../../../src/kernel/constants.js';
import { binding } from '../../../src/native/binding.js';

const native = binding();

t.test('watch: reports what the descriptor is ready for, again and again', async (t) => {
  const [reader, writer] = native.pipe();
  const seen: number[][] = [];
  await new Promise<void>((resolve) => {
    const watcher = native.watch(reader, WATCH_READABLE, (...args) => {
      seen.push(args);
      if (seen.length < 3) return;
      watcher.close();
      resolve();
    });
    writeSync(writer, 'x');
  });
  t.same(
    seen,
    [
      [0, WATCH_READABLE],
      [0, WATCH_READABLE],
      [0, WATCH_READABLE],
    ],
    'level-triggered',
  );
  for (const fd of [reader, writer]) native.close(fd);
});

t.test('watch: can be paused, changed and closed twice', async (t) => {
  const [ours, theirs] = native.socketPair('stream');
  let calls: number[] = [];
  const watcher = native.watch(ours, WATCH_READABLE, (_, events) => {
    calls.push(events);
    watcher.update(0);
  });
  writeSync(theirs, 'x');
  await sleep(30);
  t.same(calls, [WATCH_READABLE], 'once: then it was paused');
  calls = [];
  readSync(ours, Buffer.alloc(1));
  watcher.update(WATCH_WRITABLE);
  await sleep(30);
  t.same(calls, [WATCH_WRITABLE]);
  calls = [];
  watcher.update(WATCH_DISCONNECT);
  native.close(theirs);
  await sleep(30);
  t.same(calls, [WATCH_DISCONNECT]);
  watcher.close();
  watcher.close();
  watcher.update(WATCH_READABLE);
  native.close(ours);
});

t.test('watch: what cannot be watched is an error', async (t) => {
  const [reader, writer] = native.pipe();
  const watcher = native.watch(reader, WATCH_READABLE, () => {});
  t.throws(() => native.watch(reader, WATCH_READABLE, () => {}), { code: 'EEXIST', syscall: 'epoll_ctl' });
  watcher.close();
  native.watch(reader, WATCH_READABLE, () => {}).close();
  for (const fd of [reader, writer]) native.close(fd);
  t.throws(() => native.watch(reader, WATCH_READABLE, () => {}), { code: 'EBADF' });
  t.throws(() => native.watch(reader, WATCH_READABLE, 1 as never), { code: 'EINVAL', syscall: 'arguments' });
});

t.test('watch: a closed watcher lets go of its callback, and of all the callback holds', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = watchAndClose();
  for (let turn = 0; turn < 20 && held.deref() !== undefined; turn++) {
    await sleep(5);
    collect();
  }
  t.equal(held.deref(), undefined);
});

/** As a connection does: an object that holds the watcher, whose callback holds the object. */
function watchAndClose(): WeakRef<object> {
  const [reader, writer] = native.pipe();
  const owner: { watcher?: ReturnType<typeof native.watch>; events: number } = { events: 0 };
  owner.watcher = native.watch(reader, WATCH_READABLE, () => owner.events++);
  owner.watcher.close();
  for (const fd of [reader, writer]) native.close(fd);
  return new WeakRef(owner);
}
