import { closeSync, readSync } from 'node:fs';
import { hasCode } from '../errors.js';
import { binding } from '../native/binding.js';
import { type Cgroup, parseKeys } from './cgroup.js';
import { O_RDONLY, WATCH_PRIORITY } from './constants.js';

/** The kernel tells of changes at most every 10 ms, and of those that were waiting not at all once it is removed. */
const lookAgainMs = 25;

/** Waits until neither the cgroup nor one below it has a process; false if that took longer than `timeoutMs`. */
export function whenEmpty(cgroup: Cgroup, timeoutMs: number): Promise<boolean> {
  return waitFor(cgroup, { key: 'populated', value: '0', timeoutMs });
}

/** Stops every process in the cgroup and below. False if one could not be stopped within `timeoutMs`. */
export async function freeze(cgroup: Cgroup, timeoutMs: number): Promise<boolean> {
  cgroup.write('cgroup.freeze', '1');
  return await waitFor(cgroup, { key: 'frozen', value: '1', timeoutMs });
}

/** Lets them go on. */
export async function thaw(cgroup: Cgroup, timeoutMs: number): Promise<boolean> {
  cgroup.write('cgroup.freeze', '0');
  return await waitFor(cgroup, { key: 'frozen', value: '0', timeoutMs });
}

interface Condition {
  readonly key: 'populated' | 'frozen';
  readonly value: string;
  readonly timeoutMs: number;
}

/** The kernel marks cgroup.events with priority data when it changes, until it is read again. */
async function waitFor(cgroup: Cgroup, condition: Condition): Promise<boolean> {
  const fd = openEvents(cgroup);
  if (fd === undefined) return holdsWhenRemoved(condition);
  try {
    return look(fd, condition) ?? (await watchUntil(fd, condition));
  } finally {
    closeSync(fd);
  }
}

/** Undefined once the cgroup is removed. */
function openEvents(cgroup: Cgroup): number | undefined {
  try {
    return binding().openat(cgroup.fd, 'cgroup.events', O_RDONLY, 0);
  } catch (error) {
    if (isRemoved(error)) return undefined;
    throw error;
  }
}

function watchUntil(fd: number, condition: Condition): Promise<boolean> {
  const deadline = performance.now() + condition.timeoutMs;
  return new Promise((resolve) => {
    const check = () => {
      const answer = look(fd, condition) ?? (performance.now() >= deadline ? false : undefined);
      if (answer === undefined) return;
      watcher.close();
      clearInterval(timer);
      resolve(answer);
    };
    const watcher = binding().watch(fd, WATCH_PRIORITY, check);
    const timer = setInterval(check, Math.min(condition.timeoutMs, lookAgainMs));
  });
}

/** Whether the condition holds; undefined as long as it does not but still can. */
function look(fd: number, condition: Condition): boolean | undefined {
  const buffer = Buffer.alloc(256);
  try {
    const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0));
    return parseKeys(text).get(condition.key) === condition.value || undefined;
  } catch (error) {
    if (isRemoved(error)) return holdsWhenRemoved(condition);
    throw error;
  }
}

function isRemoved(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENODEV');
}

/** Nothing lives in what is gone, and nothing is frozen in it. */
function holdsWhenRemoved(condition: Condition): boolean {
  return condition.value === '0';
}
