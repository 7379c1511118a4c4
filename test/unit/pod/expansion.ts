import t from 'tap';
import { expand, unknownReferences } from '../../../src/pod/expansion.js';

const variables = new Map([
  ['A', 'a'],
  ['EMPTY', ''],
  ['REF', '$(A)'],
]);

t.test('references are replaced by values, once', async (t) => {
  const cases: readonly [string, string][] = [
    ['$(A)', 'a'],
    ['x$(A)y$(A)z', 'xayaz'],
    ['$(EMPTY)', ''],
    ['$(REF)', '$(A)'],
    ['$(B)', '$(B)'],
    ['$(a)', '$(a)'],
    ['$()', '$()'],
    ['$$', '$'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$$$$(A)', '$$(A)'],
    ['$(A', '$(A'],
    ['$($(A)', '$($(A)'],
    ['$(A$$', '$(A$'],
    ['$A $x $', '$A $x $'],
    ['$(A)$', 'a$'],
    ['', ''],
  ];
  for (const [text, expected] of cases) t.equal(expand(text, variables), expected, text);
});

t.test('references to nothing can be told', async (t) => {
  t.strictSame(unknownReferences('$(A)/$(B)/$$(C)/$(D', variables), ['B']);
});
