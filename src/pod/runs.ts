import { exitCode } from '../container/exit-status.js';
import type { ContainerRun } from './observed.js';

/** The exit code of a container that never reached execve, as containerd reports it. */
const startErrorCode = 128;

export function hasEnded(run: ContainerRun): boolean {
  return run.exit !== undefined || run.finishedAt !== undefined;
}

/** Begun and not ended: running, or still being started. */
export function isAlive(run: ContainerRun | undefined): run is ContainerRun {
  return run !== undefined && !hasEnded(run);
}

/** The code v1 status shows for a run that ended: 137 where the truth is lost, 128 when it was never started. */
export function runExitCode(run: ContainerRun): number {
  if (run.reason === 'StartError') return startErrorCode;
  return exitCode(run.exit ?? { kind: 'unknown', reason: 'not recorded' });
}

/** When it ended; a run whose end nobody timed counts from the last moment it was known of. */
export function endOf(run: ContainerRun): number {
  return run.finishedAt ?? run.startedAt ?? run.createdAt;
}
