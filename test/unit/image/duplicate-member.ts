import fc from 'fast-check';
import t from 'tap';
import { findDuplicateMember } from '../../../src/image/duplicate-member.js';

t.test('findDuplicateMember: a member twice is found wherever it is', async (t) => {
  const found = {
    '{"a":1,"a":2}': 'a',
    '[{"b":{}},{"c":[{"d":1,"e":2,"d" :3}]}]': 'd',
    '{"a":{"x":1},"b":2,"\\u0061":3}': 'a',
    '{"":1, "":2}': '',
    '{"\\"":1,"\\"":2}': '"',
  };
  for (const [text, name] of Object.entries(found)) t.equal(findDuplicateMember(text), name, text);
});

t.test('findDuplicateMember: what other objects have, or values say, is none', async (t) => {
  const fine = [
    '{"a":{"a":{"a":1}},"b":"a"}',
    '[{"a":1},{"a":1}]',
    '{"a":"{\\"a\\":1}","b":"}{"}',
    '"a:"',
    '7',
  ];
  for (const text of fine) t.equal(findDuplicateMember(text), undefined, text);
  t.equal(findDuplicateMember(`{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`), undefined);
  t.equal(findDuplicateMember(JSON.stringify({ a: '\\'.repeat(1e6) })), undefined);
});

t.test('findDuplicateMember: what JSON.stringify makes has none', async () => {
  fc.assert(fc.property(fc.json(), (text) => findDuplicateMember(text) === undefined));
});
