// npm run ok: everything that needs neither root nor a network, in under a minute. Each check is one in the
// totals of the last line; the tests count one by one.
import { availableParallelism } from 'node:os';
import { run } from './run.mjs';
import { ensureModules } from './setup/modules.mjs';
import { runNativeTests } from './test/native.mjs';
import { failures } from './test/tap-lines.mjs';
import { finish, sumTotals } from './test/totals.mjs';
import { runTap } from './test/typescript.mjs';

const node = process.execPath;

/** The longest first: each is started as soon as a core is free. */
const checks = {
  'unit tests': unitTests,
  types: () => program(node, ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.']),
  'C tests': nativeTests,
  biome: () => program('node_modules/.bin/biome', ['check', '--colors=off', '.']),
  'C format': () => program(node, ['scripts/format-native.mjs', '--check']),
  layers: () => program(node, ['scripts/check-layers.mjs']),
  sizes: () => program(node, ['scripts/check-sizes.mjs']),
  'generated files': () => program(node, ['scripts/generate.mjs', '--check']),
};

try {
  await ensureModules();
  finish(sumTotals(await runChecks(Object.entries(checks))));
} catch (error) {
  console.error(error.message);
  finish({ passed: 0, failed: 1, skipped: 0 });
}

async function runChecks(queue) {
  const totals = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      totals.push(await runCheck(...next));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return totals;
}

async function runCheck(name, check) {
  const start = performance.now();
  const { totals, output } = await check();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const verdict = totals.failed > 0 ? 'FAILED' : totals.passed > 0 ? 'ok' : 'skipped';
  if (verdict !== 'ok') process.stdout.write(output);
  console.log(`${verdict.padEnd(8)}${seconds.padStart(5)} s  ${name}`);
  return totals;
}

async function program(command, args) {
  const { status, output } = await run(command, args, { capture: true });
  const totals = { passed: 0, failed: 0, skipped: 0 };
  // 127: the program is not there, and what it said names the package that has it.
  totals[status === 0 ? 'passed' : status === 127 ? 'skipped' : 'failed'] = 1;
  return { totals, output };
}

async function unitTests() {
  const { totals, output } = await runTap(['test/unit.test.ts'], { capture: true });
  // Without a single failed line tap itself did not run: then all it said is of interest.
  return { totals, output: failures(output) || output };
}

async function nativeTests() {
  const lines = [];
  const totals = await runNativeTests((text) => lines.push(text));
  return { totals, output: lines.join('') };
}
