/** Something that runs a task when it is its turn: a queue, or a number of slots. */
export type Schedule = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * Runs `work` when its turn comes. Aborted before, it rejects at once, however long the others take; once begun, it
 * is the work that sees to the signal.
 */
export function whenTurnComes<T>(
  schedule: Schedule,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let hasBegun = false;
    const giveUp = () => {
      if (!hasBegun) reject(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    const turn = schedule(async () => {
      hasBegun = true;
      signal?.throwIfAborted();
      return await work();
    });
    turn.then(resolve, reject).finally(() => signal?.removeEventListener('abort', giveUp));
  });
}
