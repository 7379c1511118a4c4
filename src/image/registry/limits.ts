import { setTimeout as sleep } from 'node:timers/promises';

/** How patient a download is. */
export interface FetchLimits {
  /** Longest wait for an answer to begin, and for its next byte. */
  readonly idleMs: number;
  /** A body that brings fewer bytes a second over as long a wait as this is given up. */
  readonly minBytesPerSecond: number;
  readonly rateWindowMs: number;
  /** Attempts in a row that bring nothing, or next to it. */
  readonly attempts: number;
  /** Attempts at one blob, whatever they bring. */
  readonly totalAttempts: number;
}

export const defaultFetchLimits: FetchLimits = {
  idleMs: 30_000,
  minBytesPerSecond: 1024,
  rateWindowMs: 60_000,
  attempts: 5,
  totalAttempts: 50,
};

/** Time and chance as retries know them, so that a test need not wait. */
export interface Timing {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects when the signal is aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export const systemTiming: Timing = {
  now: Date.now,
  sleep: async (durationMs, signal) => await sleep(durationMs, undefined, signal && { signal }),
  random: Math.random,
};
