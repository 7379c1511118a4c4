import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import { formatDuration } from '../units.js';
import type { BackOff, ContainerObservation } from './observed.js';
import { describePod } from './pod-containers.js';
import { endOf, hasEnded } from './runs.js';
import { backOffKey } from './spec-hash.js';

/** kubelet's numbers: 10 s, doubled up to 5 min, forgotten by a container that ran for more than 10 min. */
const initialDelayMs = 10_000;
const maxDelayMs = 300_000;
const resetAfterMs = 2 * maxDelayMs;

/** A crash: when the run ended, and which image and resources it ran with. Times in milliseconds since the epoch. */
export interface Crash {
  readonly finishedAt: number;
  readonly key: string;
}

/** What the back-off becomes by a restart after `crash` that happens `now`. */
export function nextBackOff(current: BackOff | undefined, crash: Crash, now: number): BackOff {
  const valid = inForce(current, crash);
  const delayMs = valid === undefined ? initialDelayMs : Math.min(valid.delayMs * 2, maxDelayMs);
  return { delayMs, updatedAt: now, key: crash.key };
}

/** When the restart after `crash` may happen; undefined when it may happen `now`. */
export function backOffEnd(current: BackOff | undefined, crash: Crash, now: number): number | undefined {
  const valid = inForce(current, crash);
  if (valid === undefined) return undefined;
  const end = crash.finishedAt + valid.delayMs;
  // A clock set back must not make a wait of seconds one of days.
  const isClockSetBack = crash.finishedAt > now + valid.delayMs;
  return now < end && !isClockSetBack ? end : undefined;
}

export function isBackingOff(current: BackOff | undefined, crash: Crash, now: number): boolean {
  return backOffEnd(current, crash, now) !== undefined;
}

/**
 * The crash a restart of the container has to wait for; undefined when it never ran, runs, or was ended by us:
 * what we stopped to start it anew did not crash.
 */
export function crashOf(container: Container, { current }: ContainerObservation): Crash | undefined {
  if (current === undefined || !hasEnded(current) || current.stop !== undefined) return undefined;
  return { finishedAt: endOf(current), key: backOffKey(container) };
}

/** The message of a container in state CrashLoopBackOff. */
export function describeBackOff(pod: Pod, name: string, { delayMs }: BackOff): string {
  return `back-off ${formatDuration(delayMs)} restarting failed container=${name} pod=${describePod(pod)}`;
}

function inForce(current: BackOff | undefined, { finishedAt, key }: Crash): BackOff | undefined {
  if (current === undefined || current.delayMs === 0 || current.key !== key) return undefined;
  return finishedAt - current.updatedAt > resetAfterMs ? undefined : current;
}
