import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { diff, type Snapshot, snapshot, withLeakCheck } from '../../leaks.js';
import { requires, scratchDirectory } from '../../scratch.js';

const cgroup = `peapod-leaks-${process.pid}`;
const scope = { cgroups: [cgroup] };

t.test('leaks: sees a mount, and a second one on the same place', { skip: requires('root') }, async (t) => {
  const directory = scratchDirectory(t);
  const before = snapshot(scope);
  for (const _ of [1, 2]) execFileSync('mount', ['-t', 'tmpfs', 'leak', directory]);
  const found = diff(before, snapshot(scope));
  t.equal(found.length, 2, found.join('\n'));
  for (const line of found) t.match(line, `+ mount / ${directory} `);
  for (const _ of [1, 2]) execFileSync('umount', [directory]);
  t.same(diff(before, snapshot(scope)), []);
});

t.test('leaks: sees a link', { skip: requires('root', 'ip') }, async (t) => {
  const before = snapshot(scope);
  execFileSync('ip', ['link', 'add', 'leak0', 'type', 'veth', 'peer', 'name', 'leak1']);
  t.same(diff(before, snapshot(scope)), ['+ link leak1', '+ link leak0']);
  execFileSync('ip', ['link', 'delete', 'leak0']);
  t.same(diff(before, snapshot(scope)), []);
});

t.test('leaks: sees cgroups, nested ones too', { skip: requires('root', 'cgroup2') }, async (t) => {
  const mount = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(
    readFileSync('/proc/self/mountinfo', 'utf8'),
  )?.[1];
  const before = snapshot(scope);
  mkdirSync(`${mount}/${cgroup}/pod1`, { recursive: true });
  t.same(diff(before, snapshot(scope)), [`+ cgroup ${mount}/${cgroup}`, `+ cgroup ${mount}/${cgroup}/pod1`]);
  rmdirSync(`${mount}/${cgroup}/pod1`);
  rmdirSync(`${mount}/${cgroup}`);
  t.same(diff(before, snapshot(scope)), []);
});

t.test('leaks: sees a namespace as long as a process lives in it', { skip: requires('root') }, async (t) => {
  await withLeakCheck(t, () => checkNamespaceLeak(t), scope);
});

async function checkNamespaceLeak(t: Test): Promise<void> {
  const before = snapshot(scope);
  const child = spawn('unshare', ['--uts', '--ipc', 'sleep', '60'], { stdio: 'ignore' });
  await until(() => newNamespaces(before).length === 2);
  t.match(newNamespaces(before).sort(), [/^\+ namespace ipc:\[\d+\] of/, /^\+ namespace uts:\[\d+\] of/]);
  child.kill('SIGKILL');
}

function newNamespaces(before: Snapshot): string[] {
  return diff(before, snapshot(scope)).filter((line) => line.startsWith('+ namespace'));
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries += 1) await sleep(10);
}

t.test('leaks: sees an orphan left in the namespaces of the tests', { skip: requires('root') }, async (t) => {
  const before = snapshot(scope);
  // setsid -f forks, and its parent ends: the sleep belongs to init, no longer to this process.
  execFileSync('setsid', ['-f', 'sleep', '61'], { stdio: 'ignore' });
  // It is called setsid until it has become what setsid starts.
  const isSleep = (line: string) => / sleep/.test(line);
  await until(() => diff(before, snapshot(scope)).some(isSleep));
  const found = diff(before, snapshot(scope));
  t.match(found, [/^\+ process \d+ sleep/]);
  process.kill(Number(found[0]?.split(' ')[2]), 'SIGKILL');
  await until(() => diff(before, snapshot(scope)).length === 0);
  t.same(diff(before, snapshot(scope)), []);
});
