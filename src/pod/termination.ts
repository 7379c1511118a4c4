import type { Pod } from 'kubernetes-types/core/v1.js';
import { joinActions, type PodActions } from './actions.js';
import type { ContainerRun, PodObservation } from './observed.js';
import { sidecarsOf } from './pod-containers.js';
import { isAlive } from './runs.js';
import { stopContainer } from './stop-container.js';

/** Why everything in a pod is to end, and how long that may take. */
export interface Termination {
  readonly reason: string;
  /** Counts from the first stop asked for this reason; at least 2 unless it is 0, which is SIGKILL for all at once. */
  readonly graceSeconds: number;
}

interface Living {
  readonly name: string;
  readonly run: ContainerRun;
}

/**
 * Stops whatever is alive: first all but the sidecars, in parallel; then the sidecars, last first, each when what
 * comes before it has ended. When the grace is over nobody waits for a turn any more.
 *
 * @returns undefined when nothing is alive.
 */
export function terminate(
  { pod, observed }: { readonly pod: Pod; readonly observed: PodObservation },
  termination: Termination,
  now: number,
): PodActions | undefined {
  const turns = turnsOf(pod, observed);
  const first = turns.find((turn) => turn.length > 0);
  if (first === undefined) return undefined;
  const since = Math.min(firstStop(observed, termination.reason) ?? now, now);
  const lastCall = since + termination.graceSeconds * 1000;
  const stopping = now >= lastCall ? turns.flat() : first;
  const stops = stopping.map(({ name, run }) =>
    stopContainer({ pod, name, run }, { ...termination, since, message: `Stopping container ${name}` }, now),
  );
  return joinActions(now < lastCall ? [...stops, { wakeAt: lastCall }] : stops);
}

function turnsOf(pod: Pod, observed: PodObservation): readonly (readonly Living[])[] {
  const sidecars = sidecarsOf(pod).map(({ name }) => name);
  const others = Object.keys(observed.containers).filter((name) => !sidecars.includes(name));
  return [others, ...sidecars.reverse().map((name) => [name])].map((names) => livingAmong(observed, names));
}

function livingAmong(observed: PodObservation, names: readonly string[]): readonly Living[] {
  return names.flatMap((name) => {
    const run = observed.containers[name]?.current;
    return isAlive(run) ? [{ name, run }] : [];
  });
}

/** Runs of earlier sandboxes were stopped for reasons of their own. */
function firstStop(observed: PodObservation, reason: string): number | undefined {
  const runs = Object.values(observed.containers).flatMap(({ current }) => current ?? []);
  const newest = Math.max(...runs.map(({ sandboxAttempt }) => sandboxAttempt));
  const times = runs.flatMap(({ stop, sandboxAttempt }) =>
    stop?.reason === reason && sandboxAttempt === newest ? [stop.at] : [],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}
