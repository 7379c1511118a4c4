import type { StartProblem } from './observed.js';

const retryMs = 10_000;
const maxRetryMs = 300_000;

/** A pull that failed longer ago than this begins at the first delay again. */
const forgottenAfterMs = 2 * maxRetryMs;

/** What failed, before it is known whether it failed before. */
export type Failure = Pick<StartProblem, 'reason' | 'message'>;

/** The problem to remember after a failed start, counting tries that failed in a row for the same reason. */
export function nextProblem(previous: StartProblem | undefined, failure: Failure, now: number): StartProblem {
  const isRepeated = previous?.reason === failure.reason && now - previous.at <= forgottenAfterMs;
  const failures = isRepeated ? previous.failures + 1 : 1;
  return { reason: failure.reason, message: failure.message, at: now, failures };
}

/**
 * When a failed start is tried again: every 10 s as kubelet does, or, for a pull, after 10 s doubled up to 5 min.
 * Milliseconds since the epoch; undefined when it may be tried `now`.
 */
export function retryTime(problem: StartProblem | undefined, now: number): number | undefined {
  if (problem === undefined) return undefined;
  const delayMs = isPull(problem) ? Math.min(retryMs * 2 ** (problem.failures - 1), maxRetryMs) : retryMs;
  const retryAt = problem.at + delayMs;
  // A clock set back must not make a wait of seconds one of days.
  return now < retryAt && problem.at <= now + delayMs ? retryAt : undefined;
}

/** How a waiting container tells of it: a pull that failed more than once is in ImagePullBackOff. */
export function describeProblem(problem: StartProblem, image: string): Failure {
  const { reason, message } = problem;
  if (!isPull(problem) || problem.failures < 2) return { reason, message };
  return { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ${reason}: ${message}` };
}

function isPull({ reason }: StartProblem): boolean {
  return reason === 'ErrImagePull';
}
