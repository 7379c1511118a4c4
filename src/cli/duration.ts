import { PeapodError } from '../errors.js';

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of Go's `1h2m3.5s`, with `d` besides. Throws PEAPOD_USAGE, naming the flag. */
export function parseDuration(text: string, flag: string): number {
  if (text === '0') return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  const isWhole = parts.map(([part]) => part).join('') === text;
  if (parts.length === 0 || !isWhole)
    throw new PeapodError('PEAPOD_USAGE', `${flag} "${text}" is not a duration`, {
      hint: 'Write it as 30s, 5m or 1h30m',
    });
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (unitMs[unit as string] ?? 0), 0);
}

/** A whole number from 0. Throws PEAPOD_USAGE, naming the flag. */
export function parseCount(text: string, flag: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new PeapodError('PEAPOD_USAGE', `${flag} "${text}" is not a whole number from 0`);
}
