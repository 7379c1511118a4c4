import type { Pod } from 'kubernetes-types/core/v1.js';
import type { PodActions } from './actions.js';
import { containerEvent } from './events.js';
import type { ContainerRun, StopRequest } from './observed.js';

/** kubelet never gives less, unless it is told to kill at once. */
const minGraceSeconds = 2;

/** Requests whose ends differ by less are the same one: grace is whole seconds, rounded up. */
const toleranceMs = 1000;

/** A stop somebody wants: `graceSeconds` counts from `since` (milliseconds since the epoch); 0 is SIGKILL at once. */
export interface WantedStop {
  readonly reason: string;
  readonly message: string;
  readonly graceSeconds: number;
  readonly since: number;
}

/**
 * The stop of a container that is alive: asked for the first time, asked again with less grace, turned into
 * SIGKILL when the grace is over, or waited for.
 */
export function stopContainer(
  container: { readonly pod: Pod; readonly name: string; readonly run: ContainerRun },
  wanted: WantedStop,
  now: number,
): Partial<PodActions> {
  const { pod, name, run } = container;
  const request = requestFor(wanted, now);
  if (run.stop !== undefined && !isShorter(request, run.stop))
    return followStop(name, run.attempt, run.stop, now);
  const { message } = wanted;
  return {
    killContainers: [{ name, attempt: run.attempt, ...request }],
    ...(run.stop === undefined && {
      events: [containerEvent({ pod, container: { name } }, 'Killing', message)],
    }),
    ...wakeWhenDue(request),
  };
}

function requestFor({ reason, message, graceSeconds, since }: WantedStop, now: number): StopRequest {
  return { reason, message, at: now, gracePeriodSeconds: remainingGrace(graceSeconds, since - now) };
}

function remainingGrace(graceSeconds: number, sinceMs: number): number {
  if (graceSeconds === 0) return 0;
  const remaining = Math.ceil(sinceMs / 1000 + graceSeconds);
  return Math.max(Math.min(remaining, graceSeconds), minGraceSeconds);
}

function isShorter(request: StopRequest, stop: StopRequest): boolean {
  if (request.gracePeriodSeconds === 0) return stop.gracePeriodSeconds > 0;
  return dueTime(stop) - dueTime(request) >= toleranceMs;
}

function followStop(name: string, attempt: number, stop: StopRequest, now: number): Partial<PodActions> {
  if (stop.gracePeriodSeconds === 0 || now < dueTime(stop)) return wakeWhenDue(stop);
  return { killContainers: [{ name, attempt, ...stop, at: now, gracePeriodSeconds: 0 }] };
}

function dueTime({ at, gracePeriodSeconds }: StopRequest): number {
  return at + gracePeriodSeconds * 1000;
}

function wakeWhenDue(stop: StopRequest): Partial<PodActions> {
  return stop.gracePeriodSeconds === 0 ? {} : { wakeAt: dueTime(stop) };
}
