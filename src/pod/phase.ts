import type { Container, ContainerStatus, PodStatus } from 'kubernetes-types/core/v1.js';
import type { Moment } from './container-state.js';
import { isPastDeadline } from './deadline.js';
import {
  allRuns,
  initContainersOf,
  isBare,
  isInitContainer,
  isSidecar,
  runInSandbox,
  runOf,
  specOf,
} from './pod-containers.js';
import { failedInitContainer, isFinished, isStranded, isTerminalPhase, shouldRestart } from './restart.js';
import { isAlive, runExitCode } from './runs.js';

export type PhaseStatus = Pick<PodStatus, 'phase' | 'reason' | 'message'>;

/** A container as the phase sees it; `undone` is an init container that has not done its part. */
type Standing = 'running' | 'waiting' | 'stopped' | 'undone' | 'ignored';

const deadlineExceeded = {
  phase: 'Failed',
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
} as const;

/**
 * The pod's phase by kubelet's rules. Succeeded and Failed are final, and not told before the last container ended.
 *
 * @param statuses of every container, by name.
 */
export function buildPhase(
  moment: Moment,
  statuses: ReadonlyMap<string, ContainerStatus>,
  previous: PodStatus | undefined,
): PhaseStatus {
  const known = [previous, moment.pod.status].find((status) => isTerminalPhase(status?.phase));
  if (known !== undefined) return pickPhase(known);
  const next = hasExceededDeadline(moment) ? deadlineExceeded : { phase: phaseOf(moment, statuses) };
  const isAnyAlive = allRuns(moment.observed).some(isAlive);
  return isTerminalPhase(next.phase) && isAnyAlive ? { phase: previous?.phase ?? 'Running' } : next;
}

function pickPhase({ phase, reason, message }: PodStatus): PhaseStatus {
  return {
    ...(phase !== undefined && { phase }),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
}

/** A container may exit with 0 when the deadline stops it: it was cut short all the same. */
function hasExceededDeadline({ pod, observed, now }: Moment): boolean {
  const main = [
    ...initContainersOf(pod).filter((container) => !isSidecar(container)),
    ...specOf(pod).containers,
  ];
  if (main.some((container) => runOf(observed, container)?.stop?.reason === 'DeadlineExceeded')) return true;
  return isPastDeadline(pod, observed, now) && !isFinished(pod, observed);
}

function phaseOf(moment: Moment, statuses: ReadonlyMap<string, ContainerStatus>): string {
  const { pod, observed } = moment;
  if (isBare(pod)) return observed.sandbox?.alive === true ? 'Running' : 'Pending';
  if (failedInitContainer(pod, observed) !== undefined || isStranded(pod, observed)) return lostPhase(moment);
  const containers = [...initContainersOf(pod), ...specOf(pod).containers];
  const standings = containers.map((container) =>
    standingOf(moment, container, statuses.get(container.name)),
  );
  if (standings.includes('undone') || standings.includes('waiting')) return 'Pending';
  if (standings.includes('running')) return 'Running';
  return stoppedPhase(moment);
}

/** A pod that cannot go on: failed, unless all it had to do was done before. */
function lostPhase(moment: Moment): string {
  return isFinished(moment.pod, moment.observed) ? stoppedPhase(moment) : 'Failed';
}

/** Of a pod none of whose containers runs. */
function stoppedPhase({ pod, observed }: Moment): string {
  const runs = specOf(pod).containers.map((container) => ({ container, run: runOf(observed, container) }));
  const willRestart = runs.some(
    ({ container, run }) => run !== undefined && shouldRestart(pod, container, run),
  );
  if (willRestart && observed.deletion === undefined) return 'Running';
  const hasSucceeded = runs.every(({ run }) => run !== undefined && runExitCode(run) === 0);
  return hasSucceeded ? 'Succeeded' : 'Failed';
}

function standingOf(moment: Moment, container: Container, status: ContainerStatus | undefined): Standing {
  const isRunning = status?.state?.running !== undefined;
  if (!isInitContainer(moment.pod, container.name)) {
    if (isRunning) return 'running';
    return isFirstStartPending(status) ? 'waiting' : 'stopped';
  }
  const isInitializing = status?.state?.waiting?.reason === 'PodInitializing' && !hasInitialized(moment);
  const isPending = isFirstStartPending(status) || isInitializing;
  if (isRunning) return isSidecar(container) ? 'running' : 'undone';
  return isPending ? 'undone' : 'ignored';
}

function isFirstStartPending(status: ContainerStatus | undefined): boolean {
  if (status === undefined) return true;
  return status.state?.waiting !== undefined && status.lastState?.terminated === undefined;
}

/** A container has run in this sandbox: an init container that is started again holds up nothing any more. */
function hasInitialized({ pod, observed }: Moment): boolean {
  return specOf(pod).containers.some((container) => runInSandbox(observed, container) !== undefined);
}
