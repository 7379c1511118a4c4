import type { ScalarValue } from './node.js';

/**
 * YAML's plain (unquoted) words as kubectl reads them, which is YAML 1.1: `yes` is a boolean, `0644` is octal,
 * `1_000` a number. A manifest that means one thing here must not mean another there, so these are not the rules of
 * YAML 1.2. (sigs.k8s.io/yaml, resolve.go.)
 */
const words = new Map<string, boolean | null>([
  ...wordsOf(null, ['', '~', 'null', 'Null', 'NULL']),
  ...wordsOf(true, ['true', 'True', 'TRUE', 'y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON']),
  ...wordsOf(false, ['false', 'False', 'FALSE', 'n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF']),
]);
const floats = new Map<string, number>([
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map(
    (word) => [word, Number.POSITIVE_INFINITY] as const,
  ),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
]);
const integerPattern = /^([+-]?)(0b[01]+|0o?[0-7]+|0x[\da-fA-F]+|0|[1-9]\d*)$/;
const floatPattern = /^[+-]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][+-]?\d+)?$/;
/** No 64-bit number has more digits in any base; a longer one would only cost time. */
const longestInteger = 70;

export function resolvePlainScalar(text: string): ScalarValue {
  const word = words.get(text) ?? floats.get(text);
  if (word !== undefined) return word;
  if (words.has(text)) return null;
  if (!/^[\d+.-]/.test(text)) return text;
  const digits = text.replaceAll('_', '');
  const integer = digits.length > longestInteger ? null : integerPattern.exec(digits);
  if (integer !== null) return parseInteger(integer[1] === '-', integer[2] as string);
  return floatPattern.test(digits) ? Number(digits) : text;
}

function parseInteger(isNegative: boolean, digits: string): bigint {
  const isOldOctal = /^0[0-7]+$/.test(digits);
  const value = BigInt(isOldOctal ? `0o${digits.slice(1)}` : digits);
  return isNegative ? -value : value;
}

function wordsOf<T>(value: T, spellings: readonly string[]): (readonly [string, T])[] {
  return spellings.map((spelling) => [spelling, value] as const);
}
