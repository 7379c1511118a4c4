import fc from 'fast-check';
import t from 'tap';
import { findJsonPath, renderJsonPath } from '../../../src/cli/jsonpath.js';

const object = {
  kind: 'List',
  items: [
    { metadata: { name: 'a', labels: { 'app.io/x': '1' } }, status: { phase: 'Running', restarts: 3 } },
    { metadata: { name: 'b' }, status: { phase: 'Failed', restarts: 0 } },
    { metadata: { name: 'c' }, status: { phase: 'Running', ready: true } },
  ],
};

t.test("templates give what kubectl's do", async (t) => {
  const cases: [string, string][] = [
    ['{.kind}', 'List'],
    ['.kind', 'List'],
    ['{$.kind}', 'List'],
    ['{.items[*].metadata.name}', 'a b c'],
    ['{.items[0].metadata.name}', 'a'],
    ['{.items[-1].metadata.name}', 'c'],
    ['{.items[1:].metadata.name}', 'b c'],
    ['{.items[0:2].metadata.name}', 'a b'],
    ["{.items[0].metadata['name']}", 'a'],
    ['{.items[0].metadata.labels.app\\.io/x}', '1'],
    ["{.items[0].metadata.labels['app.io/x']}", '1'],
    ['{..name}', 'a b c'],
    ['{.items[?(@.status.phase=="Running")].metadata.name}', 'a c'],
    ['{.items[?(@.status.restarts>0)].metadata.name}', 'a'],
    ['{.items[?(@.status.ready)].metadata.name}', 'c'],
    ['{.items[?(@.status.ready==true)].metadata.name}', 'c'],
    [
      '{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}',
      'a\tRunning\nb\tFailed\nc\tRunning\n',
    ],
    ['name: {.items[0].metadata.name}!', 'name: a!'],
    ['{.nothing.at.all}', ''],
    ['{.items[9].metadata.name}', ''],
    ['{.items[0].status}', '{"phase":"Running","restarts":3}'],
    ['{.items[*].status.restarts}', '3 0'],
    ['{.constructor.name}', ''],
  ];
  for (const [template, expected] of cases) t.equal(renderJsonPath(template, object), expected, template);
});

t.test('malformed templates are usage errors that tell where', async (t) => {
  for (const template of ['{', '{}', '{.a', '{.a[}', '{.a[?(}', '{range .a}', '{end}', '{.a]}', '{.a b}'])
    t.throws(
      () => renderJsonPath(template, {}),
      { code: 'PEAPOD_USAGE', message: /character \d+/ },
      template,
    );
});

t.test('any text is a template or a usage error, soon', async (t) => {
  const alphabet = fc.constantFrom(...'{}[]().*?@$"\'\\:=<> abc019', 'range ', 'end', '..');
  const property = fc.property(fc.array(alphabet, { maxLength: 40 }), (pieces) => {
    try {
      findJsonPath(pieces.join(''), object);
      return true;
    } catch (error) {
      return (error as { code?: string }).code === 'PEAPOD_USAGE';
    }
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }));
});
