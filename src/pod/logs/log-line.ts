import type { LogChunk } from '../engine-api.js';

const newline = 0x0a;
const space = 0x20;

/** A line of a CRI log. `isPartial` (tag P): the container's line goes on in the next one of the same stream. */
export interface LogLine extends LogChunk {
  readonly isPartial: boolean;
}

/**
 * Parses `2016-10-06T00:17:09.669794202Z stdout F message`, with its newline: the data of a full line keeps it, of
 * a partial one loses it, so that the data of all lines joined is what the container wrote. Undefined when the line
 * is malformed, as the last one of a power cut may be.
 * Source: Kubernetes' CRI log format, tags separated by ":".
 */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const [timestamp, afterTimestamp] = readWord(line, 0);
  const [stream, afterStream] = readWord(line, afterTimestamp);
  const [tags, afterTags] = readWord(line, afterStream);
  if (timestamp === '' || tags === '' || line.at(-1) !== newline) return undefined;
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const tag = tags.split(':', 1)[0];
  if (tag !== 'P' && tag !== 'F') return undefined;
  const isPartial = tag === 'P';
  return { timestamp, stream, isPartial, data: line.subarray(afterTags, isPartial ? -1 : undefined) };
}

function readWord(line: Buffer, start: number): [word: string, next: number] {
  const end = start > line.length ? -1 : line.indexOf(space, start);
  return end < 0 ? ['', line.length + 1] : [line.toString('latin1', start, end), end + 1];
}
