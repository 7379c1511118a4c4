import t from 'tap';
import ts from 'typescript';
import { nativeFunctions, scriptFunctions } from '../../../scripts/check/functions.mjs';
import { sizeProblems } from '../../../scripts/check/sizes.mjs';

function file(path: string, lines: number): { path: string; text: string } {
  return { path, text: 'x\n'.repeat(lines) };
}

const today = '2026-06-01';

t.test('sizeProblems: files have a limit by language', async (t) => {
  t.same(sizeProblems([file('src/a.ts', 250), file('native/a.c', 350)], [], { today }), []);
  t.same(sizeProblems([file('src/a.ts', 251), file('native/a.c', 351)], [], { today }), [
    'src/a.ts: 251 lines, at most 250',
    'native/a.c: 351 lines, at most 350',
  ]);
});

t.test('sizeProblems: an exception holds until its date, and only for what is too long', async (t) => {
  const long = [file('src/a.ts', 300)];
  const exceptions = [{ path: 'src/a.ts', until: '2026-06-01', why: 'to be split' }];
  t.same(sizeProblems(long, [], { exceptions, today }), []);
  t.same(sizeProblems(long, [], { exceptions, today: '2026-06-02' }), ['src/a.ts: 300 lines, at most 250']);
  t.same(sizeProblems([], [], { exceptions, today }), ['src/a.ts: its size exception is not needed']);
});

t.test('sizeProblems: functions have a limit, too', async (t) => {
  const found = [{ path: 'src/a.ts', name: 'load', lines: 61 }];
  t.same(sizeProblems([], found, { today }), ['src/a.ts: load has 61 lines, at most 60']);
  const exceptions = [{ path: 'src/a.ts', name: 'load', until: today, why: 'a table' }];
  t.same(sizeProblems([], found, { exceptions, today }), []);
  t.same(sizeProblems([file('src/a.ts', 251)], found, { exceptions, today }), [
    'src/a.ts: 251 lines, at most 250',
  ]);
});

t.test('scriptFunctions: measures functions, methods and arrows', async (t) => {
  const text =
    'function a() {\n  return 1;\n}\nclass B {\n  c() {}\n}\nconst d = () => {\n  e(() => 1);\n};\n';
  const found = scriptFunctions(ts, { path: 'a.ts', text });
  t.match(found, [
    { name: 'a', lines: 3 },
    { name: 'c', lines: 1 },
    { name: 'd', lines: 3 },
    { name: 'the function in line 8', lines: 1 },
  ]);
});

t.test('nativeFunctions: measures from the head to the closing brace', async (t) => {
  const lines = [
    'static int add(int a,',
    '               int b) {',
    '  return a + b;',
    '}',
    '',
    'struct s {',
    '  int x;',
    '};',
    '',
    'void f(void) {',
    '}',
  ];
  t.same(nativeFunctions({ path: 'a.c', text: lines.join('\n') }), [
    { name: 'add', path: 'a.c', lines: 4 },
    { name: 'f', path: 'a.c', lines: 2 },
  ]);
});
