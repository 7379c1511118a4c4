import t from 'tap';
import { errorTable } from '../../../scripts/generate/error-table.mjs';
import { fieldTable } from '../../../scripts/generate/field-table.mjs';
import { planHeader } from '../../../scripts/generate/plan-header.mjs';
import { stepTable } from '../../../scripts/generate/step-table.mjs';

const schema = {
  makeThing: {
    opcode: 3,
    fields: { someRoot: 'fd', names: 'strings', out: 'out' },
    syscalls: ['open', 'close?'],
  },
  stop: { opcode: 1, fields: {}, syscalls: ['exit'] },
};

t.test('planHeader: one enum constant, struct and table row for each step, by opcode', async (t) => {
  const header = planHeader(schema);
  t.match(header, '  PLAN_OP_STOP = 1,\n  PLAN_OP_MAKE_THING = 3,\n  PLAN_OP_COUNT = 4,\n');
  t.match(
    header,
    'struct plan_make_thing {\n  uint64_t some_root;\n  char *const *names;\n  uint64_t out;\n};\n',
  );
  t.match(header, '[PLAN_OP_MAKE_THING] = { PLAN_FIELD_FD, PLAN_FIELD_STRINGS, PLAN_FIELD_OUT },');
  t.match(header, 'X(STOP, stop) \\\n  X(MAKE_THING, make_thing)\n');
  t.notMatch(header, 'struct plan_stop', 'a step without fields has no struct');
});

t.test('planHeader: refuses opcodes that clash and steps with too many fields', async (t) => {
  const step = { opcode: 1, fields: {} };
  t.throws(() => planHeader({ a: step, b: step }), { message: /opcode 1 is taken/ });
  t.throws(() => planHeader({ a: { opcode: 0, fields: {} } }), { message: /opcode 0/ });
  const fields = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [name, 'u64']));
  t.throws(() => planHeader({ a: { opcode: 1, fields } }), { message: /more than 6 fields/ });
});

t.test('stepTable: takes the comment above each row', async (t) => {
  const source = [
    '  /** Not this one. */',
    '  other: {',
    '  /**',
    '   * Makes a | thing',
    '   * in 2 * 3 lines.',
    '   */',
    '  makeThing: {',
    '  /** Stops. */',
    '  stop: { opcode: 1 },',
  ].join('\n');
  const table = stepTable(schema, source);
  const row = '| 3 `makeThing` | `someRoot` fd, `names` strings, `out` out | `open`, `close?` |';
  t.ok(table.includes(`${row} Makes a \\| thing in 2 * 3 lines. |`), table);
  t.ok(table.includes('| 1 `stop` | – | `exit` | Stops. |'), table);
});

t.test('stepTable: a row without a comment is an error', async (t) => {
  t.throws(() => stepTable(schema, '  /** A. */\n\n  makeThing: {'), { message: /makeThing has no comment/ });
});

t.test('errorTable: lists each code with its meaning', async (t) => {
  t.ok(errorTable({ PEAPOD_A: 'This | that.' }).includes('| `PEAPOD_A` | This \\| that. |\n'));
});

const fields = {
  name: { type: 'string', about: 'A name.', default: 'x' },
  containers: {
    type: 'object',
    shape: 'list',
    about: 'Some.',
    fields: {
      image: { type: 'string', about: 'A | B.', values: { a: 'supported', b: 'later' } },
      probe: { type: 'object', about: 'A probe.', support: 'later', isEssential: true, fields: { port: {} } },
    },
  },
};

t.test(
  'fieldTable: lists each field under its level, and nothing inside one that is not supported',
  async (t) => {
    const [, supported = '', notYet = ''] = fieldTable(fields).split('\n## ');
    t.ok(supported.includes('| `name` | string | A name. Default: `"x"`. |\n'), supported);
    t.ok(supported.includes('| `containers[].image` | string | A \\| B. Not yet: `b`. |\n'), supported);
    t.ok(notYet.includes('| `containers[].probe` | object | A probe. Always refused. |\n'), notYet);
    t.notMatch(notYet, 'port');
  },
);

t.test('fieldTable: of the init containers only what the containers do not have', async (t) => {
  const { containers } = fields;
  const restartPolicy = { type: 'string', about: 'Restarts.' };
  const initContainers = { ...containers, fields: { ...containers.fields, restartPolicy } };
  const table = fieldTable({ containers, initContainers });
  t.match(table, '`initContainers[].restartPolicy`');
  t.notMatch(table, '`initContainers[].image`');
});
