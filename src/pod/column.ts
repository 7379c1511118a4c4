import type { ContainerStateTerminated, ContainerStatus, Pod } from 'kubernetes-types/core/v1.js';
import { humanDuration } from './human-duration.js';
import { initContainersOf, isSidecar, specOf } from './pod-containers.js';
import { isTerminalPhase } from './restart.js';

/** The columns of `get pods`, as kubectl fills them. */
export interface PodColumns {
  /** Ready containers of all, sidecars counted: `1/2`. */
  readonly ready: string;
  /** One word: the phase, or the reason that says more. */
  readonly status: string;
  /** `3 (20s ago)`. */
  readonly restarts: string;
  readonly age: string;
}

/** How far the init containers are: told before anything else until they are done. */
interface Init {
  /** Undefined once all have done their part. */
  readonly reason: string | undefined;
  readonly readyCount: number;
}

/** The columns for a pod with its status, from kubectl's rules; `now` in milliseconds since the epoch. */
export function podColumns(pod: Pod, now: number): PodColumns {
  const init = readInit(pod);
  const isInitializing = init.reason !== undefined && !hasCondition(pod, 'Initialized');
  const main = isInitializing ? [] : containerStatuses(pod);
  const readyCount = init.readyCount + main.filter(isReadyAndRunning).length;
  const created = pod.metadata?.creationTimestamp;
  const counted = isInitializing
    ? initStatuses(pod)
    : [...initStatuses(pod).filter(isSidecarOf(pod)), ...main];
  const total = specOf(pod).containers.length + initContainersOf(pod).filter(isSidecar).length;
  return {
    ready: `${readyCount}/${total}`,
    status: statusColumn(pod, init, main),
    restarts: restartsColumn(counted, now),
    age: created === undefined ? '<unknown>' : humanDuration(now - Date.parse(created)),
  };
}

function statusColumn(pod: Pod, init: Init, main: readonly ContainerStatus[]): string {
  const phase = pod.status?.phase ?? '';
  if (pod.metadata?.deletionTimestamp !== undefined && !isTerminalPhase(phase)) return 'Terminating';
  const reason = mainReason(main) ?? init.reason ?? (pod.status?.reason || phase);
  if (reason !== 'Completed' || !main.some(isReadyAndRunning)) return reason;
  return hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
}

/** The first container in the spec that has a reason decides. */
function mainReason(main: readonly ContainerStatus[]): string | undefined {
  for (const { state } of main) {
    if (state?.waiting?.reason) return state.waiting.reason;
    if (state?.terminated !== undefined) return terminatedReason(state.terminated);
  }
  return undefined;
}

function readInit(pod: Pod): Init {
  const sidecar = isSidecarOf(pod);
  let readyCount = 0;
  for (const [index, status] of initStatuses(pod).entries()) {
    const isDone = status.state?.terminated?.exitCode === 0;
    const isStartedSidecar = sidecar(status) && status.started === true;
    if (!isDone && !isStartedSidecar) return { reason: initReason(pod, status, index), readyCount };
    if (!isDone && status.ready) readyCount += 1;
  }
  return { reason: undefined, readyCount };
}

function initReason(pod: Pod, { state }: ContainerStatus, index: number): string {
  if (state?.terminated !== undefined) return `Init:${terminatedReason(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  if (waiting && waiting !== 'PodInitializing') return `Init:${waiting}`;
  return `Init:${index}/${initContainersOf(pod).length}`;
}

function terminatedReason({ reason, signal, exitCode }: ContainerStateTerminated): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function restartsColumn(statuses: readonly ContainerStatus[], now: number): string {
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const ends = statuses.map(({ lastState }) => Date.parse(lastState?.terminated?.finishedAt ?? ''));
  const last = Math.max(...ends.filter((end) => !Number.isNaN(end)));
  return restarts === 0 || !Number.isFinite(last)
    ? `${restarts}`
    : `${restarts} (${humanDuration(now - last)} ago)`;
}

function isSidecarOf(pod: Pod): (status: ContainerStatus) => boolean {
  const names = new Set(
    initContainersOf(pod)
      .filter(isSidecar)
      .map(({ name }) => name),
  );
  return ({ name }) => names.has(name);
}

function isReadyAndRunning({ ready, state }: ContainerStatus): boolean {
  return ready && state?.running !== undefined;
}

function hasCondition(pod: Pod, wanted: string): boolean {
  return (pod.status?.conditions ?? []).some(({ type, status }) => type === wanted && status === 'True');
}

function initStatuses(pod: Pod): readonly ContainerStatus[] {
  return pod.status?.initContainerStatuses ?? [];
}

function containerStatuses(pod: Pod): readonly ContainerStatus[] {
  return pod.status?.containerStatuses ?? [];
}
