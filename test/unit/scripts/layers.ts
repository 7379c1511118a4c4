import t from 'tap';
import { layerProblems } from '../../../scripts/check/layers.mjs';

function problemsOf(path: string, text: string): string[] {
  return layerProblems([{ path, text }]);
}

t.test('layerProblems: imports may go down', async (t) => {
  t.same(problemsOf('src/pod/worker.ts', "import { start } from '../container/start.js';\n"), []);
  t.same(problemsOf('src/kernel/launch.ts', "import { binding } from '../native/binding.js';\n"), []);
  t.same(problemsOf('src/kernel/plan/check.ts', "import { hasCode } from '../../errors.js';\n"), []);
  t.same(problemsOf('src/index.ts', "export { Peapod } from './pod/peapod.js';\n"), []);
});

t.test('layerProblems: imports may not go up or sideways', async (t) => {
  const up = ['src/kernel/launch.ts: must not import src/pod/decide.js'];
  t.same(problemsOf('src/kernel/launch.ts', "import { decide } from '../pod/decide.js';\n"), up);
  t.same(
    problemsOf('src/kernel/launch.ts', "import {\n  decide,\n} from '../pod/decide.js';\n"),
    up,
    'many lines',
  );
  t.same(problemsOf('src/kernel/launch.ts', "import type { A } from '../pod/decide.js';\n"), up, 'a type');
  t.same(problemsOf('src/kernel/launch.ts', "const m = await import('../pod/decide.js');\n"), up, 'import()');
  t.same(problemsOf('src/kernel/launch.ts', "import '../pod/decide.js';\n"), up, 'for its effects');
  t.same(
    problemsOf('src/kernel/launch.ts', "export { decide } from '../pod/decide.js';\n"),
    up,
    'export from',
  );
  t.same(problemsOf('src/sandbox/a.ts', "import { b } from '../container/b.js';\n"), [
    'src/sandbox/a.ts: must not import src/container/b.js',
  ]);
  t.same(problemsOf('src/errors.ts', "import { b } from './kernel/b.js';\n"), [
    'src/errors.ts: must not import src/kernel/b.js',
  ]);
});

t.test('layerProblems: only types may come from further down', async (t) => {
  t.same(problemsOf('src/rootfs/a.ts', "import type { Binding } from '../native/binding.js';\n"), []);
  t.same(problemsOf('src/rootfs/a.ts', "import { binding } from '../native/binding.js';\n"), [
    'src/rootfs/a.ts: must not import src/native/binding.js',
  ]);
});

t.test('layerProblems: one file loads the addon', async (t) => {
  const text = "createRequire(import.meta.url)('node-gyp-build')(root);\n";
  t.same(problemsOf('src/native/binding.ts', text), []);
  t.same(problemsOf('src/kernel/a.ts', text), [
    'src/kernel/a.ts: only src/native/binding.ts loads the addon',
  ]);
});

t.test('layerProblems: names say what is inside, and every folder has its place', async (t) => {
  t.same(problemsOf('src/kernel/plan/types.ts', ''), []);
  t.same(problemsOf('src/index.ts', ''), []);
  t.same(problemsOf('src/pod/utils.ts', ''), ['src/pod/utils.ts: "utils" does not say what it holds']);
  t.same(problemsOf('src/pod/index.ts', ''), ['src/pod/index.ts: "index" does not say what it holds']);
  t.same(problemsOf('src/other/a.ts', ''), [
    'src/other/a.ts: its folder has no row in scripts/check/layers.mjs',
  ]);
});
