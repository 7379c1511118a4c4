import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOurCgroup, type LeakScope, ourProcesses } from './leak-scope.js';

/** What a test could leave behind, by kind: what identifies each thing, and how to call it. */
export type Snapshot = Readonly<Record<Kind, ReadonlyMap<string, string>>>;

type Kind = 'mount' | 'link' | 'cgroup' | 'path' | 'process' | 'namespace' | 'descriptor';

/** Kinds whose loss is reported, too; processes and descriptors that were there before may end on their own. */
const keptKinds: readonly Kind[] = ['mount', 'link', 'cgroup', 'path'];

/** Namespaces, cgroups and zombies go a moment after the last process that held them. */
const settleMs = 2000;
const pollMs = 20;

/** Where a failed check is reported: a tap test. */
interface Asserts {
  same(found: unknown, wanted: unknown, message: string): unknown;
}

/** Runs `work`, then asserts that what there is, is what there was before; waits up to two seconds for it. */
export async function withLeakCheck(t: Asserts, work: () => unknown, scope: LeakScope = {}): Promise<void> {
  const before = snapshot(scope);
  await work();
  const deadline = Date.now() + settleMs;
  let leaks = diff(before, snapshot(scope));
  while (leaks.length > 0 && Date.now() < deadline) {
    await sleep(pollMs);
    leaks = diff(before, snapshot(scope));
  }
  t.same(leaks, [], 'leaves nothing behind');
}

/** What there is now. */
export function snapshot(scope: LeakScope = {}): Snapshot {
  const processes = ourProcesses(scope);
  return {
    mount: named(readLines('/proc/self/mountinfo').map(withoutMountIds)),
    link: named(readLines('/proc/self/net/dev').slice(2).map(linkName)),
    cgroup: named(cgroupMounts().flatMap((mount) => ourCgroups(mount, scope))),
    path: named((scope.directories ?? []).flatMap(pathsBelow)),
    process: new Map(processes.map((p) => [`${p.pid} ${p.startTime}`, `${p.pid} ${p.comm} (${p.state})`])),
    namespace: new Map(
      processes.flatMap((p) => p.namespaces.map((name) => [name, `${name} of ${p.pid} ${p.comm}`] as const)),
    ),
    descriptor: named(descriptors()),
  };
}

/** One line for each difference: `+` was left behind, `-` is missing; empty when nothing leaked. */
export function diff(before: Snapshot, after: Snapshot): string[] {
  const kinds = Object.keys(after) as Kind[];
  return kinds.flatMap((kind) => [
    ...onlyIn(after[kind], before[kind]).map((name) => `+ ${kind} ${name}`),
    ...(keptKinds.includes(kind) ? onlyIn(before[kind], after[kind]).map((name) => `- ${kind} ${name}`) : []),
  ]);
}

function onlyIn(some: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): string[] {
  return [...some].filter(([key]) => !others.has(key)).map(([, name]) => name);
}

/** Equal names are counted, so that a second mount on the same place is a difference. */
function named(names: readonly string[]): Map<string, string> {
  const counts = new Map<string, number>();
  return new Map(
    names.map((name) => {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return [`${name} #${count}`, name];
    }),
  );
}

function withoutMountIds(line: string): string {
  return line.split(' ').slice(3).join(' ');
}

function linkName(line: string): string {
  return line.split(':')[0]?.trim() ?? '';
}

function cgroupMounts(): string[] {
  const mounts = readLines('/proc/self/mountinfo').filter((line) => line.includes(' - cgroup2 '));
  return mounts.map((line) => line.split(' ')[4] ?? '');
}

function ourCgroups(mount: string, scope: LeakScope): string[] {
  const names = readdirSync(mount).filter((name) => isOurCgroup(name, scope));
  const tops = names.map((name) => join(mount, name));
  return tops.flatMap((top) => [top, ...pathsBelow(top).filter((path) => isDirectory(path))]);
}

/** Node's own recursive readdir follows symbolic links (20): an image's may lead to the host's /run. */
function pathsBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? [path, ...pathsBelow(path)] : [path];
    });
  } catch {
    // Removed as a whole, or while it was read: the next look tells.
    return [];
  }
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function descriptors(): string[] {
  const numbers = readdirSync('/proc/self/fd');
  return numbers.map((number) => descriptorTarget(number)).filter((target) => target !== '');
}

function descriptorTarget(number: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${number}`);
  } catch {
    // The descriptor of the directory just read.
    return '';
  }
}

function readLines(path: string): string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}
