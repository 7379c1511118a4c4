import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import { joinActions, type PodActions } from './actions.js';
import { crashOf } from './back-off.js';
import { keepRunning } from './keep-running.js';
import type { PodObservation } from './observed.js';
import { initContainersOf, isSidecar, observationOf, runInSandbox, specOf } from './pod-containers.js';
import { isAlive, runExitCode } from './runs.js';
import { startContainer } from './start-container.js';

export interface Initialization {
  readonly actions: PodActions;
  /** Every init container has done its part in this sandbox: the others may start. */
  readonly isComplete: boolean;
}

interface Scene {
  readonly pod: Pod;
  readonly observed: PodObservation;
  readonly now: number;
}

/**
 * Brings the init containers forward, one after another: a plain one has done its part when it exited with 0, a
 * sidecar as soon as it runs. One that is behind the newest started container did its part before, so a sidecar
 * that ends later is started again without holding up anything.
 */
export function initialize(scene: Scene): Initialization {
  const reached = newestStarted(scene);
  const parts: Partial<PodActions>[] = [];
  for (const [index, container] of initContainersOf(scene.pod).entries()) {
    const isPassed = index < reached;
    if (isPassed && !isSidecar(container)) continue;
    parts.push(advance(scene, container));
    if (!isPassed && !hasDoneItsPart(scene.observed, container))
      return { actions: joinActions(parts), isComplete: false };
  }
  return { actions: joinActions(parts), isComplete: true };
}

/** Index of the last init container that has run in this sandbox; beyond them all when a container has. */
function newestStarted({ pod, observed }: Scene): number {
  const init = initContainersOf(pod);
  const hasRun = (container: Container) => runInSandbox(observed, container) !== undefined;
  return specOf(pod).containers.some(hasRun) ? init.length : init.findLastIndex(hasRun);
}

function advance({ pod, observed, now }: Scene, container: Container): Partial<PodActions> {
  const run = runInSandbox(observed, container);
  if (isAlive(run)) return isSidecar(container) ? keepRunning({ pod, container, run }, now) : {};
  if (run !== undefined && !isSidecar(container) && runExitCode(run) === 0) return {};
  const observation = observationOf(observed, container);
  // What an init container did in an earlier sandbox is no reason to wait in this one.
  return startContainer(observation, run && crashOf(container, observation), now);
}

function hasDoneItsPart(observed: PodObservation, container: Container): boolean {
  const run = runInSandbox(observed, container);
  if (run === undefined) return false;
  if (isSidecar(container)) return isAlive(run) && run.startedAt !== undefined && run.stop === undefined;
  return !isAlive(run) && runExitCode(run) === 0;
}
