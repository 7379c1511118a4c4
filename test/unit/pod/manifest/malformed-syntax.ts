import t from 'tap';
import { basePod, inContainer, inMetadata, inSpec, problemsOf } from './fixtures/manifest-text.js';

const cases: [title: string, text: string, problems: string[]][] = [
  ['an empty text', '', ['1:1: the manifest is empty']],
  ['comments alone', '# nothing\n---\n# here\n', ['1:1: the manifest is empty']],
  ['a list at the top', '- a\n- b\n', ['1:1: must be a Pod, not a list']],
  ['a word at the top', 'hello\n', ['1:1: must be a Pod, not the string "hello"']],
  [
    'an unclosed quote',
    basePod.replace('name: web\nspec', 'name: "web\nspec'),
    ['9:1: Missing closing "quote'],
  ],
  [
    'an unclosed bracket',
    inContainer('args: [a, b'),
    ['10:1: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  [
    'a tab as indentation',
    'apiVersion: v1\nmetadata:\n\tname: web\n',
    ['3:1: Tabs are not allowed as indentation'],
  ],
  [
    'a mapping in a value',
    inContainer('args: a: b'),
    ['9:13: Nested mappings are not allowed in compact mappings'],
  ],
  [
    'a duplicate key',
    inContainer('image: busybox'),
    ['9:7: spec.containers[0].image: the key is here twice'],
  ],
  [
    'a duplicate key with another quote',
    inMetadata('"name": x'),
    ['5:3: metadata.name: the key is here twice'],
  ],
  [
    'a merge key',
    inContainer('securityContext: &s {}', 'lifecycle: {<<: *s}'),
    ['10:19: spec.containers[0].lifecycle["<<"]: merge keys are not allowed'],
  ],
  [
    'a __proto__ key',
    inMetadata('labels: {__proto__: x}'),
    ['5:12: metadata.labels.__proto__: this key is not allowed'],
  ],
  ['a list as a key', inMetadata('? [a]\n  : b'), ['5:5: metadata: a key must be a word']],
  [
    'a tag of a language',
    inContainer('workingDir: !!js/function x'),
    ['9:33: spec.containers[0].workingDir: the tag "tag:yaml.org,2002:js/function" is not allowed'],
  ],
  [
    'a tag of one’s own',
    inContainer('workingDir: !env HOME'),
    ['9:24: spec.containers[0].workingDir: the tag "!env" is not allowed'],
  ],
  [
    'a binary tag',
    inMetadata('annotations: {a: !!binary aGk=}'),
    ['5:29: metadata.annotations.a: the tag "tag:yaml.org,2002:binary" is not allowed'],
  ],
  ['an alias without an anchor', inContainer('args: *none'), ['9:13: no anchor "none" before this alias']],
  ['an alias of itself', inContainer('args: &a [*a]'), ['9:17: nested deeper than 64 levels']],
  [
    'a NUL',
    inContainer('workingDir: "/a\\0b"'),
    ['9:19: spec.containers[0].workingDir: the text holds a NUL or half of a character'],
  ],
  [
    'half of a character',
    inContainer('workingDir: "\\ud800"'),
    ['9:19: spec.containers[0].workingDir: the text holds a NUL or half of a character'],
  ],
  ['JSON with a trailing word', '{"kind": "Pod"} x', ['1:17: Unexpected scalar at node end']],
  [
    'JSON with a wrong field',
    '{"apiVersion": "v1", "kind": "Pod",\n "metadata": {"name": "a"},\n "spec": {"containers": [{"name": "a", "image": 5}]}}',
    ['3:49: spec.containers[0].image: must be a string, not the integer 5 [quote it: "5"]'],
  ],
  [
    'another kind',
    basePod.replace('kind: Pod', 'kind: Pdo'),
    ['2:7: kind: must be "Pod", not "Pdo" [did you mean "Pod"?]'],
  ],
  [
    'a kind of a cluster',
    'apiVersion: apps/v1\nkind: Deployment\n',
    ['2:7: kind: must be "Pod", not "Deployment"'],
  ],
  [
    'a kind that comes later',
    'apiVersion: v1\nkind: ConfigMap\n',
    ['2:7: kind: "ConfigMap" is not supported yet'],
  ],
  [
    'another version',
    basePod.replace('v1', 'v2'),
    ['1:13: apiVersion: must be "v1", not "v2" [did you mean "v1"?]'],
  ],
  [
    'no version, kind, metadata or spec',
    '{}',
    [
      '1:1: apiVersion: is required',
      '1:1: kind: is required',
      '1:1: metadata: is required',
      '1:1: spec: is required',
    ],
  ],
  [
    'the second document',
    `${basePod}---\n${basePod.replace('name: web', 'name: Web')}`,
    [
      '13:9: metadata.name: must be lower-case letters, digits, "-" and ".", with a letter or digit at both ends [for example "web"]',
    ],
  ],
  [
    'both documents',
    `${basePod.replace('kind: Pod', 'kind: pod')}---\na: [\n`,
    [
      '2:7: kind: must be "Pod", not "pod" [did you mean "Pod"?]',
      '11:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ],
  ['one pod twice', `${basePod}---\n${basePod}`, ['13:9: metadata.name: "web" is here twice']],
  [
    'an item of a List',
    'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Pod\n    metadata: {name: a}\n    spec: {containers: []}\n',
    ['7:24: items[0].spec.containers: must have at least 1 item'],
  ],
  ['a List without items', 'apiVersion: v1\nkind: List\n', ['1:1: items: a List must have a list of items']],
  ['a List of words', 'kind: List\nitems: [a]\n', ['2:9: items[0]: must be a Pod, not the string "a"']],
  [
    'carriage returns',
    inSpec('hostname: A').replaceAll('\n', '\r\n'),
    [
      '9:13: spec.hostname: must be lower-case letters, digits and "-", with a letter or digit at both ends [for example "a"]',
    ],
  ],
];

for (const [title, text, problems] of cases) {
  t.test(`${title} is refused at its place`, async (t) => t.same(problemsOf(text), problems));
}
