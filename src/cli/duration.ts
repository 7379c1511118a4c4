import { PeapodError } from '../errors.js';
import { parseDuration } from '../units.js';

/** Milliseconds of Go's `1h2m3.5s`, with `d` besides. Throws PEAPOD_USAGE, naming the flag. */
export function readDuration(text: string, flag: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return durationMs;
  throw new PeapodError('PEAPOD_USAGE', `${flag} "${text}" is not a duration`, {
    hint: 'Write it as 30s, 5m or 1h30m',
  });
}

/** A whole number from 0. Throws PEAPOD_USAGE, naming the flag. */
export function readCount(text: string, flag: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new PeapodError('PEAPOD_USAGE', `${flag} "${text}" is not a whole number from 0`);
}
