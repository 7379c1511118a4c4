import type { Pod } from 'kubernetes-types/core/v1.js';
import { joinActions, type PodActions } from './actions.js';
import { crashOf } from './back-off.js';
import { activeDeadline, isPastDeadline } from './deadline.js';
import { podEvent } from './events.js';
import { initialize } from './init-containers.js';
import { keepRunning } from './keep-running.js';
import type { PodObservation } from './observed.js';
import { allRuns, gracePeriodOf, observationOf, specOf } from './pod-containers.js';
import { isRemovedWhenDone } from './remove-when-done.js';
import { isFinished, isStranded, shouldRestart } from './restart.js';
import { isAlive } from './runs.js';
import { startContainer } from './start-container.js';
import { retryTime } from './start-problem.js';
import { type Termination, terminate } from './termination.js';

export type { PodActions } from './actions.js';

/**
 * What to do next for a pod, as kubelet's computePodActions says. Pure: the same facts at the same moment (`now`,
 * milliseconds since the epoch) give the same actions, and once they are done and observed, none.
 */
export function decide(pod: Pod, observed: PodObservation, now: number): PodActions {
  const { deletion } = observed;
  if (deletion !== undefined) {
    const termination = { reason: 'PodDeleted', graceSeconds: deletion.gracePeriodSeconds };
    return endPod(pod, observed, termination, now) ?? joinActions([{ removePod: true }]);
  }
  const reason = reasonToEnd(pod, observed, now);
  if (reason === undefined) return joinActions([wakeAtDeadline(pod, observed), runPod(pod, observed, now)]);
  const isOver = isRemovedWhenDone(pod) && observed.isBeingRead !== true;
  const rest = isOver ? { removePod: true as const } : {};
  return endPod(pod, observed, { reason, graceSeconds: gracePeriodOf(pod) }, now) ?? joinActions([rest]);
}

/** Why a pod that nobody deleted is to end; undefined while there is something to run. */
function reasonToEnd(pod: Pod, observed: PodObservation, now: number): string | undefined {
  if (isPastDeadline(pod, observed, now)) return 'DeadlineExceeded';
  if (isFinished(pod, observed)) return 'PodFinished';
  return isStranded(pod, observed) ? 'SandboxChanged' : undefined;
}

/** Stops every pull and every container, then the sandbox; undefined when none of them is left. */
function endPod(
  pod: Pod,
  observed: PodObservation,
  termination: Termination,
  now: number,
): PodActions | undefined {
  const stops = terminate({ pod, observed }, termination, now);
  const abortPulls = pullingContainers(observed);
  if (abortPulls.length > 0) return joinActions([{ abortPulls }, stops ?? {}]);
  if (stops !== undefined || observed.sandbox === undefined) return stops;
  return joinActions([{ removeSandbox: termination.reason }]);
}

function pullingContainers({ containers }: PodObservation): string[] {
  return Object.values(containers).flatMap(({ name, isPulling }) => (isPulling ? [name] : []));
}

function runPod(pod: Pod, observed: PodObservation, now: number): PodActions {
  if (observed.sandbox?.alive !== true) return renewSandbox(pod, observed, now);
  const { actions, isComplete } = initialize({ pod, observed, now });
  return isComplete ? joinActions([actions, ...runContainers(pod, observed, now)]) : actions;
}

function runContainers(pod: Pod, observed: PodObservation, now: number): readonly Partial<PodActions>[] {
  return specOf(pod).containers.map((container) => {
    const observation = observationOf(observed, container);
    const run = observation.current;
    if (isAlive(run)) return keepRunning({ pod, container, run }, now);
    if (run !== undefined && !shouldRestart(pod, container, run)) return {};
    return startContainer(observation, crashOf(container, observation), now);
  });
}

/** Nothing may outlive the namespaces it was started in: all is stopped before the next sandbox is made. */
function renewSandbox(pod: Pod, observed: PodObservation, now: number): PodActions {
  const reason = 'SandboxChanged';
  const stops = terminate({ pod, observed }, { reason, graceSeconds: gracePeriodOf(pod) }, now);
  if (stops !== undefined) return stops;
  const createSandbox = { attempt: nextSandboxAttempt(observed) };
  if (observed.sandbox !== undefined) {
    const message = 'Pod sandbox changed, it will be killed and re-created.';
    const events = [podEvent(reason, message)];
    return joinActions([{ removeSandbox: reason, createSandbox, events }]);
  }
  const retryAt = retryTime(observed.sandboxProblem, now);
  return joinActions([retryAt === undefined ? { createSandbox } : { wakeAt: retryAt }]);
}

/** Counts on from the runs when the sandbox itself is forgotten, as it is after a reboot. */
function nextSandboxAttempt(observed: PodObservation): number {
  const attempts = allRuns(observed).map(({ sandboxAttempt }) => sandboxAttempt);
  return Math.max(observed.sandbox?.attempt ?? -1, ...attempts) + 1;
}

function wakeAtDeadline(pod: Pod, observed: PodObservation): Partial<PodActions> {
  const deadline = activeDeadline(pod, observed);
  return deadline === undefined ? {} : { wakeAt: deadline };
}
