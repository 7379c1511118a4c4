import { readFileSync, statSync } from 'node:fs';
import { hasCode } from '../errors.js';

/** The process that holds a lock of flock(2). */
export interface LockHolder {
  readonly pid: number;
  /** Its words, program first. */
  readonly command: readonly string[];
}

/**
 * Who holds the lock of `path`, by /proc/locks (proc_locks(5)); undefined when nobody does, or a process of a PID
 * namespace we cannot see.
 */
export function findLockHolder(path: string): LockHolder | undefined {
  try {
    const pid = findPid(readFileSync('/proc/locks', 'utf8'), statSync(path).ino);
    if (pid === undefined) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    return { pid, command };
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}

/** A line is `1: FLOCK  ADVISORY  WRITE 123 fd:00:4711 0 EOF`; btrfs and overlayfs show another device than stat(2). */
function findPid(locks: string, inode: number): number | undefined {
  const line = new RegExp(`^\\d+: FLOCK\\s+ADVISORY\\s+WRITE\\s+(\\d+)\\s+\\w+:\\w+:${inode}\\s`, 'm');
  const pid = Number(line.exec(locks)?.[1] ?? 0);
  return pid > 0 ? pid : undefined;
}
