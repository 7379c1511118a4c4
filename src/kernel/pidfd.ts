import { readFileSync } from 'node:fs';
import { hasCode } from '../errors.js';
import { binding, type Watcher } from '../native/binding.js';
import { readBootId } from './boot.js';
import { CLD_EXITED, WATCH_READABLE } from './constants.js';
import { type ProcessIdentity, readProcessStat } from './process.js';

/** How a child of ours ended. */
export type ChildExit =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signaled'; readonly signal: number };

/**
 * A pidfd of exactly this process, which may be a zombie; undefined if it is gone, or its pid is another's now.
 * The pidfd is the caller's to close.
 */
export function openProcess(identity: ProcessIdentity): number | undefined {
  if (identity.bootId !== readBootId()) return undefined;
  const pidfd = openPid(identity.pid);
  if (pidfd === undefined) return undefined;
  // Compared after the pidfd is held: as long as the start time is the same, so was the process a moment before.
  if (readProcessStat(identity.pid)?.startTime === identity.startTime) return pidfd;
  binding().close(pidfd);
  return undefined;
}

function openPid(pid: number): number | undefined {
  try {
    return binding().pidfdOpen(pid);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

/** Sends a signal; false if the process has ended and been reaped. */
export function signalProcess(pidfd: number, signal: number): boolean {
  try {
    binding().pidfdSendSignal(pidfd, signal);
    return true;
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    throw error;
  }
}

/** A wait for the end of a process, child or not. */
export interface EndWatch {
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** The wait goes on, but does not keep our own process alive. */
  unref(): void;
  /** Nothing is watched any more, and the promise stays as it is. */
  close(): void;
}

/** Waits for the end of a process. The pidfd may be closed meanwhile. */
export function watchEnd(pidfd: number): EndWatch {
  // A copy: the event loop watches a descriptor once only, and others may be waiting for the same end.
  const copy = binding().dup(pidfd);
  let watcher: Watcher | undefined;
  const close = () => {
    if (watcher === undefined) return;
    watcher.close();
    watcher = undefined;
    binding().close(copy);
  };
  const ended = new Promise<void>((resolve) => {
    watcher = watchCopy(copy, () => {
      close();
      resolve();
    });
  });
  return { ended, unref: () => watcher?.unref(), close };
}

function watchCopy(copy: number, onEnd: () => void): Watcher {
  try {
    return binding().watch(copy, WATCH_READABLE, onEnd);
  } catch (error) {
    binding().close(copy);
    throw error;
  }
}

/** Reaps a process that has ended, if it is a child of ours. */
export function reapChild(pidfd: number): void {
  try {
    binding().pidfdWait(pidfd);
  } catch (error) {
    if (!hasCode(error, 'ECHILD')) throw error;
  }
}

/** Waits for a child of ours and reaps it. Rejects with ECHILD for a process that is none, or was reaped already. */
export async function waitForExit(pidfd: number, { ended } = watchEnd(pidfd)): Promise<ChildExit> {
  await ended;
  const result = binding().pidfdWait(pidfd);
  if (result === null) return await waitForExit(pidfd);
  return result.code === CLD_EXITED
    ? { kind: 'exited', status: result.status }
    : { kind: 'signaled', signal: result.status };
}

/** The pid of a process that has not been reaped; undefined for one that has. */
export function pidOf(pidfd: number): number | undefined {
  const [, text = '-1'] = /^Pid:\t(-?\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${pidfd}`, 'utf8')) ?? [];
  return Number(text) > 0 ? Number(text) : undefined;
}
