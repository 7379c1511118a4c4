/** Time as the engine knows it, so that a test can hold the hands. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Calls back once, at that time or as soon as it has passed; returns how to call it off. */
  at(time: number, callback: () => void): () => void;
}

/** Longer waits overflow setTimeout; waking once too often does no harm. */
const longestTimeoutMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: Date.now,
  at(time, callback) {
    const delayMs = Math.min(Math.max(time - Date.now(), 0), longestTimeoutMs);
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
