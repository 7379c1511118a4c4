import { invalidArchive } from './invalid.js';

/**
 * A numeric field of a tar header: octal text, or, with the top bit set, a big-endian two's complement number
 * (GNU's base-256, for what does not fit in octal).
 */
export function parseNumber(field: Buffer): bigint {
  const first = field[0] ?? 0;
  return first & 0x80 ? parseBase256(field, first) : BigInt(parseOctal(field));
}

/** Byte by byte: a header has eight of them, and a layer ten thousands of headers. */
function parseOctal(field: Buffer): number {
  let at = 0;
  while (isBlank(field[at])) at++;
  let value = 0;
  for (; at < field.length && !isBlank(field[at]); at++) {
    const digit = (field[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) {
      throw invalidArchive(`${JSON.stringify(field.toString('latin1'))} in a header is no octal number`);
    }
    value = value * 8 + digit;
  }
  return value;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0;
}

function parseBase256(field: Buffer, first: number): bigint {
  // The top bit only marks the format; the one below it is the sign.
  const isNegative = (first & 0x40) !== 0;
  const bytes = Buffer.from(field);
  bytes[0] = isNegative ? first : first & 0x7f;
  const value = BigInt(`0x${bytes.toString('hex')}`);
  return isNegative ? value - (1n << BigInt(8 * bytes.length)) : value;
}

/** A number of pax records: decimal digits. */
export function parseDecimal(text: string, what: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw invalidArchive(`${JSON.stringify(text.slice(0, 40))} is no ${what}`);
  return BigInt(text);
}

/** Seconds with an optional fraction, as pax writes times, in nanoseconds; finer digits are cut off. */
export function parseTime(text: string): bigint {
  const match = /^(-?)(\d{1,18})(?:\.(\d*))?$/.exec(text);
  if (match === null) throw invalidArchive(`${JSON.stringify(text.slice(0, 40))} is no time`);
  const [, sign, seconds = '0', fraction = ''] = match;
  const ns = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -ns : ns;
}

/** `value` as a plain number, if it is between 0 and `max`. */
export function inRange(value: bigint, max: number, what: string): number {
  if (value < 0n || value > BigInt(max)) throw invalidArchive(`${value} is no ${what}`);
  return Number(value);
}
