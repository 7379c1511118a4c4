import type { Pod } from 'kubernetes-types/core/v1.js';
import type { PodObservation } from './observed.js';
import { specOf } from './pod-containers.js';

/** When spec.activeDeadlineSeconds is over, in milliseconds since the epoch; undefined when there is no such limit. */
export function activeDeadline(pod: Pod, observed: PodObservation): number | undefined {
  const seconds = specOf(pod).activeDeadlineSeconds;
  if (seconds === undefined || observed.startTime === undefined) return undefined;
  return observed.startTime + seconds * 1000;
}

export function isPastDeadline(pod: Pod, observed: PodObservation, now: number): boolean {
  const deadline = activeDeadline(pod, observed);
  return deadline !== undefined && now >= deadline;
}
