import { type FileHandle, open } from 'node:fs/promises';
import type { LogFile } from './log-files.js';
import { parseLogLine } from './log-line.js';

const blockSize = 64 * 1024;
const newline = 0x0a;

export interface TailStart {
  /** Index of the file to start in, and the byte in it. */
  readonly index: number;
  readonly position: number;
}

/**
 * Finds where the last `count` lines of a log start, reading backwards from its end. Parts of a long line count as
 * one line. A line whose parts are interleaved with the other stream's may lose its beginning.
 */
export async function findTail(files: readonly LogFile[], count: number): Promise<TailStart> {
  const last = files.length - 1;
  if (count === 0) return { index: Math.max(last, 0), position: files[last]?.size ?? 0 };
  const counter = { left: count, isFirst: true };
  for (let index = last; index >= 0; index--) {
    const file = files[index] as LogFile;
    const position = await findInFile(file, counter);
    if (position !== undefined) return { index, position };
  }
  return { index: 0, position: 0 };
}

interface Counter {
  /** Full lines still to be passed. */
  left: number;
  isFirst: boolean;
}

async function findInFile(file: LogFile, counter: Counter): Promise<number | undefined> {
  const handle = await open(file.path, 'r');
  try {
    for await (const { line, start } of linesBackwards(handle, file.size)) {
      const isEnd = parseLogLine(line)?.isPartial === false;
      if (isEnd && counter.left === 0) return start + line.length;
      // An unfinished line at the very end is a line of its own.
      if (isEnd || counter.isFirst) counter.left--;
      counter.isFirst = false;
    }
    return undefined;
  } finally {
    await handle.close();
  }
}

interface PlacedLine {
  readonly line: Buffer;
  readonly start: number;
}

async function* linesBackwards(file: FileHandle, size: number): AsyncGenerator<PlacedLine> {
  let carried = Buffer.alloc(0);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - blockSize);
    const data = Buffer.concat([await readExactly(file, start, end - start), carried]);
    const cut = start === 0 ? 0 : endOfFirstLine(data);
    yield* placed(data, cut, start);
    carried = data.subarray(0, cut);
    end = start;
  }
}

/** The bytes up to there belong to a line that starts in an earlier block. */
function endOfFirstLine(data: Buffer): number {
  const end = data.indexOf(newline);
  return end < 0 ? data.length : end + 1;
}

function* placed(data: Buffer, cut: number, offset: number): Generator<PlacedLine> {
  // What follows the last newline is still being written.
  let end = data.lastIndexOf(newline) + 1;
  while (end > cut) {
    const start = end < 2 ? 0 : data.lastIndexOf(newline, end - 2) + 1;
    yield { line: data.subarray(start, end), start: offset + start };
    end = start;
  }
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
