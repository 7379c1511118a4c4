import t from 'tap';
import { failures, parseTap, parseTapSummary } from '../../../scripts/test/tap-lines.mjs';

t.test('parseTap: counts passed, failed and skipped test points', async (t) => {
  const output = '1..4\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP no root\nok 4\n';
  t.same(parseTap(output, 1), { passed: 2, failed: 1, skipped: 1 });
});

t.test('parseTap: indented lines belong to a subtest and are not counted', async (t) => {
  t.same(parseTap('    ok 1 - inner\nok 1 - outer\n1..1\n', 0), { passed: 1, failed: 0, skipped: 0 });
});

t.test('parseTap: a program that dies, prints no plan or not all of it, failed', async (t) => {
  t.same(parseTap('1..1\nok 1\n', 134), { passed: 1, failed: 1, skipped: 0 }, 'status');
  t.same(parseTap('ok 1\n', 0), { passed: 1, failed: 1, skipped: 0 }, 'no plan');
  t.same(parseTap('1..2\nok 1\n', 0), { passed: 1, failed: 1, skipped: 0 }, 'short of the plan');
  t.same(parseTap('', 0), { passed: 0, failed: 1, skipped: 0 }, 'nothing');
});

t.test('parseTapSummary: reads the last closing comment, with only the counts it has', async (t) => {
  const output =
    '# { total: 1, pass: 1 }\n  # { total: 9, pass: 9 }\n# { total: 29, pass: 25, fail: 2, todo: 1, skip: 1 }\n# time=3ms\n';
  t.same(parseTapSummary(output), { passed: 25, failed: 2, skipped: 2 });
  t.same(parseTapSummary('# { total: 12, pass: 12 }\n'), { passed: 12, failed: 0, skipped: 0 });
});

t.test('parseTapSummary: is undefined when tap did not come to its end', async (t) => {
  t.equal(parseTapSummary('ok 1\n'), undefined);
});

t.test('failures: keeps what failed and why, and nothing else', async (t) => {
  const why = ['      ---', '      found: |', '        1', '', '        ...', '      ...'];
  const lines = ['# Subtest: a', '    ok 1 - fine', '    not ok 2 - wrong', ...why, '    # after'];
  lines.push(
    '    not ok 3 - without a reason',
    '    ok 4 - fine again',
    '    1..4',
    '',
    'not ok 1 - a',
    '1..1',
  );
  const wanted = ['    not ok 2 - wrong', ...why, '    not ok 3 - without a reason', 'not ok 1 - a'];
  t.equal(failures(lines.join('\n')), `${wanted.join('\n')}\n`);
});
