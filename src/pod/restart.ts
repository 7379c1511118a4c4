import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import type { ContainerRun, PodObservation } from './observed.js';
import {
  allRuns,
  initContainersOf,
  isBare,
  isInitContainer,
  isSidecar,
  runOf,
  specOf,
} from './pod-containers.js';
import { hasEnded, runExitCode } from './runs.js';

type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** The container's own policy, if it has one, else the pod's. */
function restartPolicyOf(pod: Pod, container: Container): RestartPolicy {
  return (container.restartPolicy ?? specOf(pod).restartPolicy ?? 'Always') as RestartPolicy;
}

/**
 * Whether a container that ended is to be run once more, now or later. A plain init container that succeeded is
 * not, whatever the policy; one that we ended to start it anew with a changed spec always is.
 */
export function shouldRestart(pod: Pod, container: Container, run: ContainerRun): boolean {
  if (run.stop?.reason === 'ContainerChanged') return true;
  const policy = restartPolicyOf(pod, container);
  if (policy === 'Always' && !isPlainInit(pod, container)) return true;
  return policy !== 'Never' && runExitCode(run) !== 0;
}

/** The init container whose failure ends the pod, if one failed for good. */
export function failedInitContainer(pod: Pod, observed: PodObservation): Container | undefined {
  return initContainersOf(pod).find(
    (container) => !isSidecar(container) && failedForGood(pod, observed, container),
  );
}

/** Nothing of the pod will ever be started again: an init container failed for good, or every container is done. */
export function isFinished(pod: Pod, observed: PodObservation): boolean {
  if (isTerminalPhase(pod.status?.phase)) return true;
  if (failedInitContainer(pod, observed) !== undefined) return true;
  return !isBare(pod) && specOf(pod).containers.every((container) => isDone(pod, observed, container));
}

/**
 * The sandbox is gone, and a pod whose containers are never restarted had already run something in it: it is not
 * made anew, because init containers that may run only once would have to run again.
 */
export function isStranded(pod: Pod, observed: PodObservation): boolean {
  if (observed.sandbox?.alive === true || allRuns(observed).length === 0) return false;
  return specOf(pod).containers.every((container) => restartPolicyOf(pod, container) === 'Never');
}

/** Succeeded and Failed are final. */
export function isTerminalPhase(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function isDone(pod: Pod, observed: PodObservation, container: Container): boolean {
  const run = runOf(observed, container);
  return run !== undefined && hasEnded(run) && !shouldRestart(pod, container, run);
}

function failedForGood(pod: Pod, observed: PodObservation, container: Container): boolean {
  const run = runOf(observed, container);
  return run !== undefined && isDone(pod, observed, container) && runExitCode(run) !== 0;
}

function isPlainInit(pod: Pod, container: Container): boolean {
  return !isSidecar(container) && isInitContainer(pod, container.name);
}
