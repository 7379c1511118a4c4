import fc from 'fast-check';
import t from 'tap';
import { formatDuration, parseDuration, parseQuantity, quantityToWhole } from '../../src/units.js';

t.test('quantities are read as the API server does', async (t) => {
  const cases: [text: string, nanos: bigint][] = [
    ['0', 0n],
    ['250m', 250_000_000n],
    ['0.25', 250_000_000n],
    ['.5', 500_000_000n],
    ['1.', 1_000_000_000n],
    ['1000m', 1_000_000_000n],
    ['1500', 1_500_000_000_000n],
    ['2000', 2_000_000_000_000n],
    ['1Ki', 1024_000_000_000n],
    ['1024Ki', 1_048_576_000_000_000n],
    ['1.5Gi', 1_610_612_736_000_000_000n],
    ['0.5Ki', 512_000_000_000n],
    ['12e6', 12_000_000_000_000_000n],
    ['1E3', 1_000_000_000_000n],
    ['1E', 10n ** 27n],
    ['-5n', -5n],
    ['+1', 1_000_000_000n],
    ['1e-10', 1n],
    ['0.1n', 1n],
  ];
  for (const [text, nanos] of cases) t.equal(parseQuantity(text), nanos, text);
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

t.test('any quantity of nanos is read as it was written', async () => {
  const nanos = fc.bigInt({ min: -(2n ** 63n - 1n) * 10n ** 9n, max: (2n ** 63n - 1n) * 10n ** 9n });
  fc.assert(fc.property(nanos, (value) => parseQuantity(`${value}n`) === value));
});

t.test('whole units are rounded up', async (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (nanos) => {
      const rest = quantityToWhole(nanos) * 1_000_000_000n - nanos;
      return rest >= 0n && rest < 1_000_000_000n;
    }),
  );
  t.equal(quantityToWhole(-1_500_000_000n), -1n);
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
  t.equal(parseDuration('1d12h'), 129_600_000, 'and days');
  t.equal(parseDuration('100us'), 0.1);
  const wrong = ['', '5', '-1s', '1 s', '1w', 's', '1h-1m', '1e3s', '.s', `${'1h'.repeat(40)}`];
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
