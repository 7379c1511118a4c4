import t from 'tap';
import { basePod, inContainer, inMetadata, inSpec, problemsOf } from './fixtures/manifest-text.js';

const c = 'spec.containers[0]';

const cases: [title: string, text: string, problems: string[]][] = [
  [
    'a misspelt field',
    basePod.replace('image:', 'imge:'),
    [`7:7: ${c}.image: is required`, `8:7: ${c}.imge: unknown field [did you mean "image"?]`],
  ],
  [
    'a field in another case',
    inContainer('ImagePullPolicy: Never'),
    [`9:7: ${c}.ImagePullPolicy: unknown field [did you mean "imagePullPolicy"?]`],
  ],
  [
    'a field in the wrong place',
    inMetadata('restartPolicy: Never'),
    ['5:3: metadata.restartPolicy: unknown field ["restartPolicy" is a field of spec]'],
  ],
  [
    'a field of containers in spec',
    inSpec('command: [sh]'),
    ['9:3: spec.command: unknown field ["command" is a field of spec.containers]'],
  ],
  ['a field nobody knows', inSpec('flavour: x'), ['9:3: spec.flavour: unknown field']],
  [
    'a key that every object inherits',
    inSpec('constructor: x', 'toString: y'),
    ['9:3: spec.constructor: unknown field', '10:3: spec.toString: unknown field'],
  ],
  ['a key with odd signs', inSpec('"a b\\e": x'), ['9:3: spec["a b\\u001b"]: unknown field']],
  [
    'containers as a mapping',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    name: web\n',
    ['6:5: spec.containers: must be a list, not a mapping [begin each item with "- "]'],
  ],
  [
    'containers that are empty',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n',
    ['5:3: spec.containers: is required'],
  ],
  [
    'a container that is a word',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [web]}\n',
    ['4:21: spec.containers[0]: must be a mapping, not the string "web"'],
  ],
  [
    'a container that is nothing',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    -\n',
    ['6:6: spec.containers[0]: must be a mapping, not null'],
  ],
  [
    'spec as a list',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n- a\n',
    ['5:1: spec: must be a mapping, not a list'],
  ],
  [
    'a number in a command',
    inContainer('command: [sleep, 10]'),
    [`9:24: ${c}.command[1]: must be a string, not the integer 10 [quote it: "10"]`],
  ],
  [
    'a boolean in args',
    inContainer('args:', '  - yes'),
    [`10:11: ${c}.args[0]: must be a string, not the boolean yes [quote it: "yes"]`],
  ],
  [
    'a decimal number in an environment variable',
    inContainer('env:', '  - name: A', '    value: 1.5'),
    [`11:18: ${c}.env[0].value: must be a string, not the number 1.5 [quote it: "1.5"]`],
  ],
  [
    'a nothing in args',
    inContainer('args: [a, ~]'),
    [`9:17: ${c}.args[1]: must be a string, not null [write "" for an empty string]`],
  ],
  [
    'a list in a string',
    inContainer('workingDir: [a]'),
    [`9:19: ${c}.workingDir: must be a string, not a list`],
  ],
  [
    'a string in a boolean',
    inSpec('hostNetwork: "true"'),
    ['9:16: spec.hostNetwork: must be true or false, not the string "true"'],
  ],
  [
    'a number in a boolean',
    inContainer('tty: 1'),
    [`9:12: ${c}.tty: must be true or false, not the integer 1`],
  ],
  [
    'a string in a number',
    inSpec('terminationGracePeriodSeconds: "5"'),
    [
      '9:34: spec.terminationGracePeriodSeconds: must be a whole number, not the string "5" [take the quotes away]',
    ],
  ],
  [
    'a duration in a number',
    inSpec('terminationGracePeriodSeconds: 5s'),
    ['9:34: spec.terminationGracePeriodSeconds: must be a whole number, not the string "5s"'],
  ],
  [
    'a fraction in a number',
    inSpec('terminationGracePeriodSeconds: 1.5'),
    ['9:34: spec.terminationGracePeriodSeconds: must be a whole number, not the number 1.5'],
  ],
  [
    'an exponent in a number',
    inContainer('ports: [{containerPort: 1e400}]'),
    [`9:31: ${c}.ports[0].containerPort: must be a whole number, not the number 1e400`],
  ],
  [
    'not a number',
    inContainer('ports: [{containerPort: .nan}]'),
    [`9:31: ${c}.ports[0].containerPort: must be a whole number, not the number .nan`],
  ],
];

for (const [title, text, problems] of cases) {
  t.test(`${title} is refused at its place`, async (t) => t.same(problemsOf(text), problems));
}
