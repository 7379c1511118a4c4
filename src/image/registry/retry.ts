import { Failure } from './failure.js';
import type { Timing } from './limits.js';

const firstDelayMs = 1000;
const longestDelayMs = 30_000;

export interface Waiting {
  readonly timing: Timing;
  readonly signal: AbortSignal | undefined;
}

/** Does it again for failures that pass, at most so many times in all. */
export async function retry<T>(work: () => Promise<T>, attempts: number, waiting: Waiting): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Failure && error.isTransient) || attempt >= attempts) throw error;
      await waitForRetry(attempt, error, waiting);
    }
  }
}

/** Waits before the attempt after `attempt`, the first of which is 1. */
export async function waitForRetry(
  attempt: number,
  failure: Failure,
  { timing, signal }: Waiting,
): Promise<void> {
  await timing.sleep(backOffMs(attempt, failure, timing.random()), signal);
  signal?.throwIfAborted();
}

/**
 * How long to wait before the next attempt: doubled each time up to half a minute, half of it by chance, so that many
 * clients do not come back at once; never less than the server asked for.
 */
export function backOffMs(attempt: number, { retryAfterMs = 0 }: Failure, random: number): number {
  const full = Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
  return Math.max(full * (0.5 + random / 2), retryAfterMs);
}
