import fc from 'fast-check';
import t from 'tap';
import { resolvePlainScalar } from '../../../../src/pod/manifest/scalar.js';
import { editDistance, suggest } from '../../../../src/pod/manifest/suggest.js';
import { formatPath, quote } from '../../../../src/pod/manifest/text.js';

t.test('the nearest word is suggested, and none when none is near', async (t) => {
  const words = ['image', 'imagePullPolicy', 'name', 'command', 'volumeMounts'];
  t.equal(suggest('imge', words), 'image');
  t.equal(suggest('iamge', words), 'image');
  t.equal(suggest('IMAGE', words), 'image');
  t.equal(suggest('volumemount', words), 'volumeMounts');
  t.equal(suggest('flavour', words), undefined);
  t.equal(suggest('x'.repeat(100), words), undefined);
  t.equal(suggest('', words), undefined);
});

t.test('the distance is a metric that one edit changes by at most one', async (t) => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (first, second) => {
      const distance = editDistance(first, second);
      const isZeroForSame = (distance === 0) === (first === second);
      const isSymmetric = distance === editDistance(second, first);
      const isNear = Math.abs(editDistance(`${first}x`, second) - distance) <= 1;
      return isZeroForSame && isSymmetric && isNear && distance <= Math.max(first.length, second.length);
    }),
  );
  t.equal(editDistance('ab', 'ba'), 1);
  t.equal(editDistance('kitten', 'sitting'), 3);
});

t.test('plain words are resolved by the rules of YAML 1.1', async (t) => {
  const cases: [string, unknown][] = [
    ['', null],
    ['~', null],
    ['null', null],
    ['nUll', 'nUll'],
    ['true', true],
    ['y', true],
    ['OFF', false],
    ['oN', 'oN'],
    ['0', 0n],
    ['-0', 0n],
    ['80', 80n],
    ['+5', 5n],
    ['-5', -5n],
    ['1_000', 1000n],
    ['0644', 420n],
    ['0o17', 15n],
    ['0x1F', 31n],
    ['0b101', 5n],
    ['08', 8],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1e400', Number.POSITIVE_INFINITY],
    ['.inf', Number.POSITIVE_INFINITY],
    ['-.inf', Number.NEGATIVE_INFINITY],
    ['9223372036854775808', 2n ** 63n],
    ['1:30', '1:30'],
    ['1.2.3', '1.2.3'],
    ['-', '-'],
    ['.', '.'],
    ['-a', '-a'],
    ['10.0.0.1', '10.0.0.1'],
    ['64Mi', '64Mi'],
    ['2024-01-01', '2024-01-01'],
    ['0x', '0x'],
    ['constructor', 'constructor'],
  ];
  for (const [text, value] of cases) t.equal(resolvePlainScalar(text), value, JSON.stringify(text));
  t.ok(Number.isNaN(resolvePlainScalar('.nan')));
});

t.test('nothing that moves a cursor or turns text around is repeated', async (t) => {
  t.equal(quote('a"b\u001b[2J\u202e\u0085\u2028'), '"a\\"b\\u001b[2J\\u202e\\u0085\\u2028"');
  t.ok(quote('x'.repeat(1e6)).length < 100);
  t.equal(formatPath(['a', 0, 'b-c', 'd.e', '', 1]), 'a[0].b-c["d.e"][""][1]');
});
