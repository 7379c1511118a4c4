import { readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
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
