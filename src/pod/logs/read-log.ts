import type { LogChunk } from '../engine-api.js';
import { DirectoryChanges } from './directory-changes.js';
import { LogCursor, type StartOptions } from './log-cursor.js';
import { parseLogLine } from './log-line.js';

export interface ReadLogOptions extends StartOptions {
  /** Present to follow: resolves when the container has ended and its last output is in the log. */
  readonly ended?: Promise<unknown> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told each time that output was lost: the program wrote more than is kept before it was read. */
  readonly onGap?: (() => void) | undefined;
}

/**
 * Reads the log of one run of a container: its rotated files, the live one and, when following, what is appended,
 * across rotations, until the container ends or the signal aborts. Malformed lines are left out.
 */
export async function* readLog(
  directory: string,
  liveName: string,
  options: ReadLogOptions = {},
): AsyncGenerator<LogChunk> {
  const changes = options.ended && followChanges(directory, options);
  const cursor = new LogCursor(directory, liveName, options.onGap);
  try {
    await cursor.start(options);
    for await (const line of allLines(cursor, changes, options)) {
      if (options.signal?.aborted) return;
      const parsed = parseLogLine(line);
      if (parsed === undefined || isBefore(parsed, options.sinceMs)) continue;
      yield { stream: parsed.stream, timestamp: parsed.timestamp, data: parsed.data };
    }
  } finally {
    if (changes !== undefined) options.signal?.removeEventListener('abort', changes.notify);
    changes?.close();
    await cursor.close();
  }
}

function isBefore(line: LogChunk, sinceMs: number | undefined): boolean {
  return sinceMs !== undefined && Date.parse(line.timestamp) < sinceMs;
}

function followChanges(directory: string, options: ReadLogOptions): DirectoryChanges {
  const changes = new DirectoryChanges(directory);
  options.signal?.addEventListener('abort', changes.notify);
  return changes;
}

async function* allLines(
  cursor: LogCursor,
  changes: DirectoryChanges | undefined,
  { ended, signal }: ReadLogOptions,
): AsyncGenerator<Buffer> {
  if (changes === undefined) return yield* cursor.lines();
  let isEnded = false;
  const markEnded = () => {
    isEnded = true;
    changes.notify();
  };
  ended?.then(markEnded, markEnded);
  while (!signal?.aborted) {
    const wasEnded = isEnded;
    yield* cursor.lines();
    if (wasEnded) return;
    await changes.next();
  }
}
