/** Quantities (`250m`, `64Mi`) and Go durations (`1m20s`): text to numbers, and durations back. */

const nano = 1_000_000_000n;
const maxQuantity = (2n ** 63n - 1n) * nano;
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const quantityPattern = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;

/**
 * Reads a quantity as the API server does: an optional sign, a decimal number and a suffix (n u m k M G T P E,
 * Ki Mi Gi Ti Pi Ei, or an exponent). What is finer than 10^-9 is rounded away from zero.
 *
 * @returns units of 10^-9, exact, or undefined when the text is no quantity or lies beyond 2^63 - 1.
 */
export function parseQuantity(text: string): bigint | undefined {
  const match = text.length > 64 ? null : quantityPattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const { numerator, denominator } = readSuffix(suffix);
  const scaled = BigInt(whole + fraction) * numerator * nano;
  const magnitude = divideUp(scaled, denominator * 10n ** BigInt(fraction.length));
  if (magnitude > maxQuantity) return undefined;
  return sign === '-' ? -magnitude : magnitude;
}

/** Whole units of a quantity in units of 10^-9, rounded up: the unit of memory (`1Ki` is 1024). */
export function quantityToWhole(nanos: bigint): bigint {
  return nanos > 0n ? divideUp(nanos, nano) : nanos / nano;
}

function readSuffix(suffix: string): { numerator: bigint; denominator: bigint } {
  if (suffix.length > 1 && /^e/i.test(suffix) && suffix !== 'Ei') {
    const exponent = Number(suffix.slice(1));
    const power = 10n ** BigInt(Math.abs(exponent));
    return exponent < 0 ? { numerator: 1n, denominator: power } : { numerator: power, denominator: 1n };
  }
  if (suffix.endsWith('i')) {
    const numerator = 1024n ** BigInt(binarySuffixes.indexOf(suffix));
    return { numerator, denominator: 1n };
  }
  const numerator = 1000n ** BigInt(decimalSuffixes.indexOf(suffix));
  return { numerator, denominator: nano };
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
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
  d: 86_400_000,
};
const durationPattern = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+$/;
const durationPartPattern = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/g;

/**
 * Reads a Go duration without a sign (`1m20s`, `1.5h`, `300ms`, `0`), with `d` for days besides.
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
