/** Quantities (`250m`, `64Mi`), Go durations (`1m20s`) and docker sizes (`64m`): text to numbers and back. */

/** How a quantity was written; it is written back the same way where that loses nothing. */
export type QuantityFormat = 'decimalSI' | 'binarySI' | 'decimalExponent';

/** A Kubernetes resource quantity: exact, in units of 10^-9. */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const nano = 1_000_000_000n;
const maxQuantity = (2n ** 63n - 1n) * nano;
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const quantityPattern = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;

/**
 * Reads a quantity as the API server does: an optional sign, a decimal number and a suffix (n u m k M G T P E,
 * Ki Mi Gi Ti Pi Ei, or an exponent). What is finer than 10^-9 is rounded away from zero.
 *
 * @returns undefined when the text is no quantity or lies beyond 2^63 - 1.
 */
export function parseQuantity(text: string): Quantity | undefined {
  const match = text.length > 64 ? null : quantityPattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const { numerator, denominator, format } = readSuffix(suffix);
  const scaled = BigInt(whole + fraction) * numerator * nano;
  const magnitude = divideUp(scaled, denominator * 10n ** BigInt(fraction.length));
  if (magnitude > maxQuantity) return undefined;
  return { nanos: sign === '-' ? -magnitude : magnitude, format };
}

/** The canonical text: the largest suffix that leaves a whole number, as the API server prints it. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  if (format === 'binarySI' && nanos % nano === 0n && magnitudeOf(nanos) >= 1024n * nano) {
    const { value, index } = reduce(nanos / nano, 1024n, binarySuffixes.length);
    return `${value}${binarySuffixes[index]}`;
  }
  const { value, index } = reduce(nanos, 1000n, decimalSuffixes.length);
  if (format !== 'decimalExponent') return `${value}${decimalSuffixes[index]}`;
  const exponent = index * 3 - 9;
  return exponent === 0 ? `${value}` : `${value}e${exponent}`;
}

/** Thousandths, rounded up: the unit of processor time (`250m` is 250). */
export function quantityToMilli({ nanos }: Quantity): bigint {
  return ceilDivide(nanos, 1_000_000n);
}

/** Whole units, rounded up: the unit of memory (`1Ki` is 1024). */
export function quantityToWhole({ nanos }: Quantity): bigint {
  return ceilDivide(nanos, nano);
}

function readSuffix(suffix: string): { numerator: bigint; denominator: bigint; format: QuantityFormat } {
  if (suffix.length > 1 && /^e/i.test(suffix) && suffix !== 'Ei') {
    const exponent = Number(suffix.slice(1));
    const power = 10n ** BigInt(Math.abs(exponent));
    const format = 'decimalExponent';
    return exponent < 0
      ? { numerator: 1n, denominator: power, format }
      : { numerator: power, denominator: 1n, format };
  }
  if (suffix.endsWith('i')) {
    const numerator = 1024n ** BigInt(binarySuffixes.indexOf(suffix));
    return { numerator, denominator: 1n, format: 'binarySI' };
  }
  const numerator = 1000n ** BigInt(decimalSuffixes.indexOf(suffix));
  return { numerator, denominator: nano, format: 'decimalSI' };
}

function reduce(value: bigint, base: bigint, count: number): { value: bigint; index: number } {
  let index = 0;
  let reduced = value;
  while (index < count - 1 && reduced % base === 0n) {
    reduced /= base;
    index += 1;
  }
  return { value: reduced, index };
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

function ceilDivide(value: bigint, divisor: bigint): bigint {
  return value > 0n ? divideUp(value, divisor) : value / divisor;
}

function magnitudeOf(value: bigint): bigint {
  return value < 0n ? -value : value;
}

const durationUnitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const durationPattern = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const durationPartPattern = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Reads a Go duration without a sign (`1m20s`, `1.5h`, `300ms`, `0`).
 *
 * @returns milliseconds, or undefined when the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 64 || !durationPattern.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(durationPartPattern)) {
    totalMs += Number(amount) * (durationUnitsMs[unit as string] as number);
  }
  return totalMs;
}

/** Go's text for a duration of whole, non-negative milliseconds: `1m20s`, `5m0s`, `1.5s`, `300ms`, `0s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s';
  if (durationMs < 1000) return `${durationMs}ms`;
  const hours = Math.floor(durationMs / 3_600_000);
  const minutes = Math.floor((durationMs % 3_600_000) / 60_000);
  const seconds = `${(durationMs % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

const sizeLetters = ['', 'k', 'm', 'g', 't', 'p'];
const sizePattern = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i;

/**
 * Reads a size as docker's command line takes it (`512`, `64m`, `1.5GiB`): every unit is a power of 1024.
 *
 * @returns whole bytes, rounded down, or undefined when the text is no size or is above 2^53 - 1.
 */
export function parseSize(text: string): number | undefined {
  const match = text.length > 64 ? null : sizePattern.exec(text);
  if (match === null) return undefined;
  const [, amount, letter = ''] = match;
  const bytes = Math.floor(Number(amount) * 1024 ** sizeLetters.indexOf(letter.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size for people: `0B`, `64MiB`, `1.5GiB`; one decimal at most. */
export function formatSize(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), sizeLetters.length - 1);
  const amount = Math.round((bytes / 1024 ** power) * 10) / 10;
  return power === 0 ? `${amount}B` : `${amount}${(sizeLetters[power] as string).toUpperCase()}iB`;
}
