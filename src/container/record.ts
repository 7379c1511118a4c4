import { readVolatileRecord } from '../kernel/record.js';
import { type ExitStatus, unlearnedExit } from './exit-status.js';
import type { RunPaths } from './run-paths.js';

/** What an engine must know of a container run to go on with it: written before the run begins. */
export interface ContainerRecord {
  readonly version: 1;
  readonly stopSignal: number;
  readonly terminal: boolean;
  /** The name of its monitor's cgroup. */
  readonly monitor: string;
}

/** What was written before a run began, if it came as far as that. */
export function readContainerRecord(paths: RunPaths): ContainerRecord | undefined {
  return readVolatileRecord<ContainerRecord>(paths.record, 1);
}

/** How and when a container's first process ended. */
export interface ContainerExit {
  readonly status: ExitStatus;
  /** Milliseconds since the epoch. */
  readonly finishedAt: number;
}

/** native/monitor/record.c writes these two. */
interface StartedFile {
  readonly version: 1;
  readonly pid: number;
  readonly startedAtNs: string;
}

interface ExitFile {
  readonly version: 1;
  readonly kind: 'exited' | 'signaled' | 'unknown';
  readonly value: number;
  readonly startedAtNs: string;
  readonly finishedAtNs: string;
}

function statusOf({ kind, value }: ExitFile): ExitStatus {
  switch (kind) {
    case 'exited':
      return { kind, status: value };
    case 'signaled':
      return { kind, signal: value };
    default:
      return unlearnedExit;
  }
}

function toMs(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 1_000_000n);
}

/** When the container began, if its monitor saw it reach execve; ms since the epoch. */
export function readStartedAt(paths: RunPaths): number | undefined {
  const file = readVolatileRecord<StartedFile>(paths.started, 1);
  return file === undefined ? undefined : toMs(file.startedAtNs);
}

/** What the monitor wrote when the container ended, if it did. */
export function readExit(paths: RunPaths): (ContainerExit & { readonly startedAt: number }) | undefined {
  const file = readVolatileRecord<ExitFile>(paths.exit, 1);
  if (file === undefined) {
    return undefined;
  }
  return { status: statusOf(file), startedAt: toMs(file.startedAtNs), finishedAt: toMs(file.finishedAtNs) };
}
