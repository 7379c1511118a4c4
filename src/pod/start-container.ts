import type { PodActions } from './actions.js';
import { backOffEnd, type Crash, nextBackOff } from './back-off.js';
import type { ContainerObservation } from './observed.js';
import { retryTime } from './start-problem.js';

/**
 * The start of a container that should run, or when to come back for it.
 *
 * @param crash what the start has to back off from, if anything.
 */
export function startContainer(
  { name, current, backOff, problem, isPulling }: ContainerObservation,
  crash: Crash | undefined,
  now: number,
): Partial<PodActions> {
  // Its end is the next observation.
  if (isPulling) return {};
  const heldUntil = retryTime(problem, now) ?? (crash && backOffEnd(backOff, crash, now));
  if (heldUntil !== undefined) return { wakeAt: heldUntil };
  const start = { name, attempt: current === undefined ? 0 : current.attempt + 1 };
  if (crash === undefined) return { startContainers: [start] };
  return { startContainers: [{ ...start, backOff: nextBackOff(backOff, crash, now) }] };
}
