import type {
  Container,
  ContainerState,
  ContainerStateWaiting,
  ContainerStatus,
  Pod,
} from 'kubernetes-types/core/v1.js';
import { crashOf, describeBackOff, isBackingOff } from './back-off.js';
import { isPastDeadline } from './deadline.js';
import type { ContainerRun, PodObservation } from './observed.js';
import { initContainersOf, isInitContainer, observationOf } from './pod-containers.js';
import { isFinished, isStranded, shouldRestart } from './restart.js';
import { hasEnded, isAlive, runExitCode } from './runs.js';
import { describeProblem } from './start-problem.js';
import { timestamp } from './timestamp.js';

/** What a status is made from: the facts at one moment, milliseconds since the epoch. */
export interface Moment {
  readonly pod: Pod;
  readonly observed: PodObservation;
  readonly now: number;
}

export type ContainerStates = Required<Pick<ContainerStatus, 'state' | 'lastState'>>;

/** `peapod://<pod uid>/<container>/<attempt>`. */
export function containerIdOf(pod: Pod, name: string, { attempt }: ContainerRun): string {
  return `peapod://${pod.metadata?.uid ?? ''}/${name}/${attempt}`;
}

/** What a container does now, and how its last run ended. */
export function buildContainerStates(moment: Moment, container: Container): ContainerStates {
  const { pod, observed } = moment;
  const { current, previous } = observationOf(observed, container);
  const ended = (run: ContainerRun | undefined): ContainerState =>
    run !== undefined && hasEnded(run) ? terminatedState(pod, container.name, run) : {};
  if (current !== undefined && isAlive(current) && current.startedAt !== undefined) {
    return { state: { running: { startedAt: timestamp(current.startedAt) } }, lastState: ended(previous) };
  }
  const waiting = waitingFor(moment, container);
  if (current !== undefined && hasEnded(current)) {
    return waiting === undefined
      ? { state: ended(current), lastState: ended(previous) }
      : { state: { waiting }, lastState: ended(current) };
  }
  return { state: { waiting: waiting ?? notYetStarted(pod) }, lastState: ended(previous) };
}

function terminatedState(pod: Pod, name: string, run: ContainerRun): ContainerState {
  const exitCode = runExitCode(run);
  const isUnknown = run.exit?.kind === 'unknown' && run.reason === undefined;
  const reason =
    run.reason ?? (isUnknown ? 'ContainerStatusUnknown' : exitCode === 0 ? 'Completed' : 'Error');
  const message = run.message ?? (run.exit?.kind === 'unknown' ? run.exit.reason : undefined);
  return {
    terminated: {
      exitCode,
      reason,
      ...(message !== undefined && { message }),
      ...(run.startedAt !== undefined && { startedAt: timestamp(run.startedAt) }),
      ...(run.finishedAt !== undefined && { finishedAt: timestamp(run.finishedAt) }),
      containerID: containerIdOf(pod, name, run),
    },
  };
}

/** Why a container that is not running waits to be started; undefined when there is nothing more to tell. */
function waitingFor(moment: Moment, container: Container): ContainerStateWaiting | undefined {
  const { pod, observed, now } = moment;
  const observation = observationOf(observed, container);
  const { current, backOff, problem } = observation;
  if (isEnding(moment)) return undefined;
  if (current !== undefined && isOfEarlierSandbox(moment, container, current)) return notYetStarted(pod);
  if (current !== undefined && !shouldRestart(pod, container, current)) return undefined;
  const crash = crashOf(container, observation);
  if (crash !== undefined && backOff !== undefined && isBackingOff(backOff, crash, now)) {
    return { reason: 'CrashLoopBackOff', message: describeBackOff(pod, container.name, backOff) };
  }
  return problem && describeProblem(problem, container.image ?? '');
}

/** Nothing will be started again, so nothing waits for it. */
function isEnding({ pod, observed, now }: Moment): boolean {
  if (observed.deletion !== undefined) return true;
  return isFinished(pod, observed) || isPastDeadline(pod, observed, now) || isStranded(pod, observed);
}

/** An init container that is to run again in the new sandbox. */
function isOfEarlierSandbox({ pod, observed }: Moment, container: Container, run: ContainerRun): boolean {
  const { sandbox } = observed;
  if (sandbox?.alive !== true || !isInitContainer(pod, container.name)) return false;
  return hasEnded(run) && run.sandboxAttempt < sandbox.attempt;
}

function notYetStarted(pod: Pod): ContainerStateWaiting {
  return { reason: initContainersOf(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating' };
}
