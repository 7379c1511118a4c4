import fc from 'fast-check';
import t from 'tap';
import { stringify } from 'yaml';
import type { Path } from '../../../../src/pod/manifest/node.js';
import { formatPath } from '../../../../src/pod/manifest/text.js';
import { problemsOf } from './fixtures/manifest-text.js';
import { richPod } from './fixtures/rich-pod.js';

/** Two thousand bad manifests by the first two properties together. */
const runs = { numRuns: 1000 };
const text = stringify(richPod());

t.test('the pod that is damaged below is right before', async (t) => t.same(problemsOf(text), []));

t.test('an unknown key is found wherever it is put', async (t) => {
  const places = placesOf(richPod()).filter(({ value, path }) => isMapping(value) && !isFreeMap(path));
  fc.assert(
    fc.property(fc.constantFrom(...places), wordArbitrary(), fc.boolean(), ({ path }, word, isJson) => {
      const pod = richPod();
      (valueAt(pod, path) as Record<string, unknown>)[`x${word}`] = 1;
      const problems = problemsOf(isJson ? JSON.stringify(pod, null, 1) : stringify(pod));
      const place = formatPath([...path, `x${word}`]);
      return problems.some(
        (problem) => problem.includes(`: ${place}: unknown field`) && /^\d+:\d+: /.test(problem),
      );
    }),
    runs,
  );
  t.pass();
});

t.test('a value of another type is found wherever it is put', async (t) => {
  const places = placesOf(richPod()).filter(({ path }) => path.length > 0);
  fc.assert(
    fc.property(fc.constantFrom(...places), junkArbitrary(), ({ path, value }, junk) => {
      // A quantity may be a number.
      fc.pre(typeOf(junk) !== typeOf(value) && !(path.at(-1) === 'sizeLimit' && typeof junk === 'number'));
      const pod = richPod();
      const parent = valueAt(pod, path.slice(0, -1)) as Record<string | number, unknown>;
      parent[path.at(-1) as string] = junk;
      const problems = problemsOf(stringify(pod));
      return problems.some((problem) => problem.includes(`: ${formatPath(path)}`));
    }),
    runs,
  );
  t.pass();
});

t.test('a damaged text is refused with places, or loads, and nothing else', async (t) => {
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(30), damageArbitrary(), (start, length, damage) => {
      const damaged = text.slice(0, start) + damage + text.slice(start + length);
      return problemsOf(damaged).every((problem) => /^\d+:\d+: /.test(problem));
    }),
    { numRuns: 500 },
  );
  t.pass();
});

t.test('any text is refused with places, or loads, and nothing else', async (t) => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(damageArbitrary()).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anything, (text) => problemsOf(text).every((problem) => /^\d+:\d+: /.test(problem))),
    { numRuns: 500 },
  );
  t.pass();
});

t.test('any JSON value is refused with places, or loads, and nothing else', async (t) => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (json) =>
      problemsOf(json).every((problem) => /^\d+:\d+: /.test(problem)),
    ),
    { numRuns: 500 },
  );
  t.pass();
});

interface Placed {
  readonly path: Path;
  readonly value: unknown;
}

/** Every value of an object with its path, the object itself first. */
function placesOf(value: unknown, path: Path = []): Placed[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  const children = Object.entries(value).flatMap(([key, child]) => {
    return placesOf(child, [...path, Array.isArray(value) ? Number(key) : key]);
  });
  return [{ path, value }, ...children];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((inner, key) => (inner as Record<string | number, unknown>)[key], value);
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFreeMap(path: Path): boolean {
  return path.at(-1) === 'labels' || path.at(-1) === 'annotations';
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

function wordArbitrary(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
}

function junkArbitrary(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.constantFrom(1.5, -1, Number.MAX_SAFE_INTEGER, 'x y', '', [], [1], [[]]),
    fc.boolean(),
    fc.dictionary(fc.constantFrom('q1', 'q2'), fc.integer(), { minKeys: 1 }),
  );
}

/** Signs that mean something to YAML, and some that do not. */
function damageArbitrary(): fc.Arbitrary<string> {
  const signs = [
    '\n',
    '  ',
    '\t',
    '- ',
    ': ',
    '? ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&a ',
    '*a',
    '!!',
    '!x ',
    '|\n',
    '>-\n',
  ];
  const more = [
    "'",
    '"',
    '#',
    '%',
    '@',
    '`',
    '---\n',
    '...\n',
    '<<: ',
    '\r',
    '\0',
    '\ufeff',
    '\ud800',
    '0x',
    '1e9',
    '~',
    'a',
  ];
  return fc.array(fc.constantFrom(...signs, ...more), { maxLength: 8 }).map((parts) => parts.join(''));
}
