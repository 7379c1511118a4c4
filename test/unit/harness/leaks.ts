import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { diff, snapshot, withLeakCheck } from '../../leaks.js';
import { scratchDirectory } from '../../scratch.js';

const nobodysCgroup = { cgroups: ['peapod-test-of-leaks'] };

t.test('leaks: nothing done is no difference', async (t) => {
  t.same(diff(snapshot(nobodysCgroup), snapshot(nobodysCgroup)), []);
});

t.test('leaks: an open descriptor is named by what it is open on', async (t) => {
  const before = snapshot(nobodysCgroup);
  const fd = openSync('/dev/null', 'r');
  const second = openSync('/dev/null', 'r');
  t.same(diff(before, snapshot(nobodysCgroup)), ['+ descriptor /dev/null', '+ descriptor /dev/null']);
  closeSync(fd);
  closeSync(second);
  t.same(diff(before, snapshot(nobodysCgroup)), []);
});

t.test('leaks: paths of the directories given are compared both ways', async (t) => {
  const directory = scratchDirectory(t);
  const scope = { ...nobodysCgroup, directories: [directory] };
  writeFileSync(join(directory, 'old'), '');
  const before = snapshot(scope);
  mkdirSync(join(directory, 'new/deep'), { recursive: true });
  rmSync(join(directory, 'old'));
  t.same(diff(before, snapshot(scope)).sort(), [
    `+ path ${directory}/new`,
    `+ path ${directory}/new/deep`,
    `- path ${directory}/old`,
  ]);
});

t.test('leaks: a living child is a difference until it ends', async (t) => {
  const before = snapshot(nobodysCgroup);
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const found = diff(before, snapshot(nobodysCgroup));
  t.match(found, [new RegExp(`^\\+ process ${child.pid} \\S+ \\([A-Z]\\)$`)]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.same(diff(before, snapshot(nobodysCgroup)), []);
});

t.test('withLeakCheck: reports what is still there after its patience', async (t) => {
  const reported: unknown[] = [];
  let fd = -1;
  await withLeakCheck(
    { same: (found) => reported.push(found) },
    () => {
      fd = openSync('/dev/zero', 'r');
    },
    nobodysCgroup,
  );
  closeSync(fd);
  t.same(reported, [['+ descriptor /dev/zero']]);
});

t.test('withLeakCheck: waits for what goes a moment later', async (t) => {
  await withLeakCheck(
    t,
    () => {
      const fd = openSync('/dev/zero', 'r');
      setTimeout(() => closeSync(fd), 150);
    },
    nobodysCgroup,
  );
});
