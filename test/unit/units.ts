import fc from 'fast-check';
import t from 'tap';
import {
  formatDuration,
  formatQuantity,
  formatSize,
  parseDuration,
  parseQuantity,
  parseSize,
  type QuantityFormat,
  quantityToMilli,
  quantityToWhole,
} from '../../src/units.js';

t.test('quantities are read and written as the API server does', async (t) => {
  const cases: [text: string, nanos: bigint, canonical: string][] = [
    ['0', 0n, '0'],
    ['250m', 250_000_000n, '250m'],
    ['0.25', 250_000_000n, '250m'],
    ['.5', 500_000_000n, '500m'],
    ['1.', 1_000_000_000n, '1'],
    ['1000m', 1_000_000_000n, '1'],
    ['1500', 1_500_000_000_000n, '1500'],
    ['2000', 2_000_000_000_000n, '2k'],
    ['1Ki', 1024_000_000_000n, '1Ki'],
    ['1024Ki', 1_048_576_000_000_000n, '1Mi'],
    ['1.5Gi', 1_610_612_736_000_000_000n, '1536Mi'],
    ['0.5Ki', 512_000_000_000n, '512'],
    ['12e6', 12_000_000_000_000_000n, '12e6'],
    ['1E3', 1_000_000_000_000n, '1e3'],
    ['1E', 10n ** 27n, '1E'],
    ['-5n', -5n, '-5n'],
    ['+1', 1_000_000_000n, '1'],
    ['1e-10', 1n, '1e-9'],
    ['0.1n', 1n, '1n'],
  ];
  for (const [text, nanos, canonical] of cases) {
    const quantity = parseQuantity(text);
    t.equal(quantity?.nanos, nanos, text);
    t.equal(quantity && formatQuantity(quantity), canonical, text);
  }
});

t.test('what is no quantity is not read', async (t) => {
  const wrong = [
    '',
    ' ',
    '.',
    '-',
    'm',
    '1 ',
    ' 1',
    '1mm',
    '64MB',
    '64mb',
    '1ki',
    '1K',
    '0x10',
    '1,5',
    '1_000',
    'NaN',
  ];
  wrong.push(
    'Infinity',
    '1e999',
    '9223372036854775808',
    '8Ei',
    '1e',
    '1e+',
    '--1',
    '１',
    `${'9'.repeat(65)}`,
  );
  for (const text of wrong) t.equal(parseQuantity(text), undefined, text);
});

t.test('any quantity survives being written and read again', async (t) => {
  const nanos = fc.bigInt({ min: -(2n ** 63n - 1n) * 10n ** 9n, max: (2n ** 63n - 1n) * 10n ** 9n });
  const format = fc.constantFrom<QuantityFormat>('decimalSI', 'binarySI', 'decimalExponent');
  fc.assert(
    fc.property(fc.oneof(nanos, fc.bigInt({ min: -5000n, max: 5000n })), format, (value, style) => {
      const text = formatQuantity({ nanos: value, format: style });
      const again = parseQuantity(text);
      return again?.nanos === value && formatQuantity(again) === text;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

t.test('milli and whole units are rounded up', async (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (nanos) => {
      const quantity = { nanos, format: 'decimalSI' as const };
      const milli = quantityToMilli(quantity) * 1_000_000n - nanos;
      const whole = quantityToWhole(quantity) * 1_000_000_000n - nanos;
      return milli >= 0n && milli < 1_000_000n && whole >= 0n && whole < 1_000_000_000n;
    }),
  );
  t.equal(quantityToWhole({ nanos: -1_500_000_000n, format: 'decimalSI' }), -1n);
});

t.test("durations are Go's", async (t) => {
  const cases: [number, string][] = [
    [0, '0s'],
    [300, '300ms'],
    [1500, '1.5s'],
    [10_000, '10s'],
    [80_000, '1m20s'],
    [300_000, '5m0s'],
    [3_600_000, '1h0m0s'],
    [9_000_001, '2h30m0.001s'],
  ];
  for (const [durationMs, text] of cases) {
    t.equal(formatDuration(durationMs), text);
    t.equal(parseDuration(text), durationMs);
  }
  t.equal(parseDuration('1.5h'), 5_400_000);
  t.equal(parseDuration('0'), 0);
  t.equal(parseDuration('100us'), 0.1);
  const wrong = ['', '5', '-1s', '1 s', '1d', 's', '1h-1m', '1e3s', '.s', `${'1h'.repeat(40)}`];
  for (const text of wrong) t.equal(parseDuration(text), undefined, text);
});

t.test('any whole number of milliseconds survives being written and read again', async (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 }), (durationMs) => {
      return Math.round(parseDuration(formatDuration(durationMs)) ?? -1) === durationMs;
    }),
  );
  t.pass();
});

t.test("sizes are docker's", async (t) => {
  const cases: [string, number][] = [
    ['0', 0],
    ['512', 512],
    ['1b', 1],
    ['4k', 4096],
    ['64m', 64 * 1024 ** 2],
    ['64MiB', 64 * 1024 ** 2],
    ['1.5G', 1.5 * 1024 ** 3],
    ['1 TB', 1024 ** 4],
  ];
  for (const [text, bytes] of cases) t.equal(parseSize(text), bytes, text);
  for (const text of ['', '-1', 'm', '1x', '1e3', '0x10', '99999999p', '1..5m'])
    t.equal(parseSize(text), undefined, text);
});

t.test('a size that is written for people is off by a twentieth at most', async (t) => {
  t.equal(formatSize(0), '0B');
  t.equal(formatSize(1023), '1023B');
  t.equal(formatSize(64 * 1024 ** 2), '64MiB');
  t.equal(formatSize(1.5 * 1024 ** 3), '1.5GiB');
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 52 }), (bytes) => {
      const again = parseSize(formatSize(bytes)) ?? Number.NaN;
      return Math.abs(again - bytes) <= bytes / 20;
    }),
  );
});
