import { performance } from 'node:perf_hooks';
import t from 'tap';
import { limits } from '../../../../src/pod/manifest/limits.js';
import { basePod, problemsOf } from './fixtures/manifest-text.js';

const mebibyte = 1024 * 1024;

function fill(text: string, size = mebibyte): string {
  return text.repeat(Math.floor(size / text.length));
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}

const bombs: [title: string, text: string, problem: RegExp][] = [
  ['a million brackets', fill('['), /nested deeper/],
  ['a million braces', fill('{a: '), /nested deeper/],
  ['a million dashes', fill('- '), /nested deeper/],
  ['a million question marks', fill('? '), /nested deeper/],
  ['a staircase of keys', lines(1400, (index) => `${' '.repeat(index)}a:`), /nested deeper/],
  [
    'nine times nine times nine laughs',
    `a0: &a0 [x]\n${lines(20, (index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`)}]`)}`,
    /more than 100 aliases/,
  ],
  [
    'a hundred copies of something long',
    `a: &a [${Array(300).fill('x')}]\nb: [${Array(100).fill('*a')}]\n`,
    /too many values/,
  ],
  ['a hundred thousand containers', basePod + fill('    - {}\n', mebibyte - 200), /too many values/],
  ['sixty thousand keys', lines(60_000, (index) => `k${index}: 1`), /too many values/],
  ['a million ends of documents', fill('---\n'), /too many values/],
  ['a hundred thousand documents', fill('a: 1\n---\n'), /too many values/],
  ['a million ends of lines', fill('\n'), /too many values/],
  ['a hundred thousand directives', fill('%a\n'), /not YAML/],
  ['brackets without an end', fill('[]'), /not YAML/],
  ['a text of one mebibyte and one', `${fill('#')}#`, /larger than 1024 KiB/],
  ['a million digits', `a: ${fill('9', mebibyte - 10)}`, /unknown field/],
];

for (const [title, text, problem] of bombs) {
  t.test(`${title} are refused soon`, async (t) => {
    const start = performance.now();
    const problems = problemsOf(text);
    const elapsedMs = performance.now() - start;
    t.match(problems.join('\n'), problem);
    t.ok(problems.length <= limits.problems, 'the report is bounded');
    // Ten times what it takes on an idle machine: this catches what grows without bounds, not what is slow.
    t.ok(elapsedMs < 3000, `${elapsedMs.toFixed(0)} ms`);
  });
}

t.test('a depth of 64 is read and one of 65 is not', async (t) => {
  const nest = (depth: number) =>
    basePod.replace('spec:', `  managedFields: [${'['.repeat(depth)}${']'.repeat(depth)}]\nspec:`);
  t.same(problemsOf(nest(61)), []);
  t.match(problemsOf(nest(62)).join(), /nested deeper/);
});

t.test('a hundred aliases are expanded', async (t) => {
  const env = '      env:\n        - &e {name: A, value: b}\n';
  t.same(problemsOf(basePod + env + '        - *e\n'.repeat(100)), []);
  t.match(problemsOf(basePod + env + '        - *e\n'.repeat(101)), ['111:11: more than 100 aliases']);
});
