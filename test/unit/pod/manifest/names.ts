import t from 'tap';
import { hasCode, type PeapodError } from '../../../../src/errors.js';
import { loadPodObject } from '../../../../src/pod/manifest/load-object.js';
import { problemsOf } from './fixtures/manifest-text.js';

/** What must never become part of a path, a host name or a record. */
const badNames = [
  '',
  ' ',
  '.',
  '..',
  '/',
  '\\',
  '../x',
  '..\\x',
  'a/b',
  '/a',
  'a/',
  './a',
  'a/../b',
  '../../etc/passwd',
  '~',
  '~root',
  'a b',
  ' a',
  'a ',
  'a\n',
  '\na',
  'a\tb',
  'a\r',
  'a\0',
  '\0',
  'a\u001b[31m',
  '\u007f',
  'A',
  'Web',
  'wEb',
  'a_b',
  '_a',
  '-a',
  'a-',
  '-',
  '--',
  '.a',
  'a.',
  'a..b',
  'é',
  'ａ',
  'а',
  'web\u200b',
  '\u202ebew',
  '\ufeffa',
  '💥',
  'a💥',
  '\ud800',
  'ß',
  'x'.repeat(254),
  'x'.repeat(300),
  'x'.repeat(70_000),
  '$(id)',
  '`id`',
  'a;b',
  'a|b',
  'a&b',
  'a*',
  'a?',
  'a%2f',
  'a:b',
  'a@b',
  'a,b',
  'a=b',
  'a"b',
  "a'b",
  '{a}',
  '[a]',
  '<a>',
  'a#b',
  'a!',
  'a+b',
];

type Fill = (name: string) => unknown;

function podWith(spec: object, metadata: object = {}): unknown {
  const containers = [{ name: 'web', image: 'nginx' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', ...metadata },
    spec: { containers, ...spec },
  };
}

const fields: Record<string, Fill> = {
  'metadata.name': (name) => podWith({}, { name }),
  'metadata.namespace': (namespace) => podWith({}, { namespace }),
  'spec.hostname': (hostname) => podWith({ hostname }),
  'spec.subdomain': (subdomain) => podWith({ subdomain }),
  'spec.containers[0].name': (name) => podWith({ containers: [{ name, image: 'a' }] }),
  'spec.initContainers[0].name': (name) => podWith({ initContainers: [{ name, image: 'a' }] }),
  'spec.volumes[0].name': (name) => podWith({ volumes: [{ name }] }),
  'spec.containers[0].ports[0].name': (name) =>
    podWith({ containers: [{ name: 'web', image: 'a', ports: [{ name, containerPort: 1 }] }] }),
};

/** Dots are right in the name of a pod, upper case nowhere. */
const dotted = new Set(['metadata.name']);

for (const [path, fill] of Object.entries(fields)) {
  t.test(`${path} takes no bad name, as an object or as JSON`, async (t) => {
    const asObject = badNames.filter((name) => !objectProblems(fill(name)).includes(path));
    const asText = badNames.filter(
      (name) =>
        !problemsOf(JSON.stringify(fill(name)))
          .join('\n')
          .includes(path),
    );
    t.same(asObject, []);
    t.same(asText, []);
  });

  t.test(`${path} takes good names`, async (t) => {
    for (const name of ['a', 'b2', 'web-1', '0a', ...(dotted.has(path) ? ['a.b', 'x'.repeat(253)] : [])]) {
      t.same(problemsOf(JSON.stringify(fill(name))), [], name);
    }
  });
}

function objectProblems(pod: unknown): string {
  try {
    loadPodObject(pod);
  } catch (error) {
    if (!hasCode(error, 'PEAPOD_MANIFEST_INVALID')) throw error;
    return JSON.stringify((error as PeapodError).details.problems);
  }
  return '';
}

t.test('labels are no longer than 63 characters, port names than 15', async (t) => {
  t.same(problemsOf(JSON.stringify(podWith({ hostname: 'x'.repeat(63) }))), []);
  t.equal(problemsOf(JSON.stringify(podWith({ hostname: 'x'.repeat(64) }))).length, 1);
  const port = fields['spec.containers[0].ports[0].name'] as Fill;
  t.same(problemsOf(JSON.stringify(port('x'.repeat(15)))), []);
  t.equal(problemsOf(JSON.stringify(port('x'.repeat(16)))).length, 1);
  t.equal(problemsOf(JSON.stringify(port('80'))).length, 1, 'a port name has a letter');
});
