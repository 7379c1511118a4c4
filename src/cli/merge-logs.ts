import type { LogChunk } from '../pod/engine-api.js';

export interface MergedChunk {
  /** Index of the log it is from. */
  readonly source: number;
  readonly chunk: LogChunk;
}

interface Head {
  readonly source: number;
  readonly iterator: AsyncIterator<LogChunk>;
  readonly result: IteratorResult<LogChunk>;
}

/**
 * Several logs as one: by time when they are complete, as they come when they are live (nobody knows what an idle
 * log would say next). Lines of one log keep their order.
 */
export async function* mergeLogs(
  logs: readonly AsyncIterable<LogChunk>[],
  { isLive }: { isLive: boolean },
): AsyncGenerator<MergedChunk> {
  const iterators = logs.map((log) => log[Symbol.asyncIterator]());
  const waiting = new Map(iterators.map((iterator, source) => [source, advance(source, iterator)]));
  try {
    while (waiting.size > 0) {
      const head = isLive ? await Promise.race(waiting.values()) : await earliest([...waiting.values()]);
      const { source, iterator, result } = head;
      if (result.done) waiting.delete(source);
      else {
        yield { source, chunk: result.value };
        waiting.set(source, advance(source, iterator));
      }
    }
  } finally {
    for (const iterator of iterators) void iterator.return?.();
  }
}

async function advance(source: number, iterator: AsyncIterator<LogChunk>): Promise<Head> {
  return { source, iterator, result: await iterator.next() };
}

/** Timestamps have nine decimals each, so their order as text is their order in time. Ended logs go first. */
async function earliest(pending: readonly Promise<Head>[]): Promise<Head> {
  const heads = await Promise.all(pending);
  return heads.reduce((first, head) => (timeOf(head) < timeOf(first) ? head : first));
}

function timeOf({ result }: Head): string {
  return result.done ? '' : result.value.timestamp;
}
