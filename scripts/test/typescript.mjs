import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot, run } from '../run.mjs';
import { parseTapSummary } from './tap-lines.mjs';

const tapProgram = join(projectRoot, 'node_modules/tap/dist/esm/run.mjs');

/**
 * Runs tap on entry files.
 * @param {string[]} entries
 * @param {object} [options]
 * @param {string[]} [options.wrapper] a program and arguments that start tap, for example `unshare -nm`
 * @param {string[]} [options.flags] more options of tap
 * @param {boolean} [options.capture] return what tap printed instead of passing it on
 * @returns {Promise<{totals: import('./totals.mjs').Totals, output: string}>}
 */
export async function runTap(entries, { wrapper = [], flags = [], capture = false } = {}) {
  const command = [...wrapper, process.execPath, tapProgram, 'run', ...flags, ...entries];
  const runner = process.stdout.isTTY && !capture ? runOnTerminal : runAsText;
  const { status, output } = await runner(command, capture);
  return { totals: totalsOf(output, status), output };
}

/** tap draws its own progress, and the TAP goes to a file. */
async function runOnTerminal(command) {
  const directory = await mkdtemp(join(tmpdir(), 'peapod-tap-'));
  try {
    const file = join(directory, 'output.tap');
    const { status } = await run(command[0], [...command.slice(1), `--output-file=${file}`]);
    return { status, output: await readFile(file, 'utf8').catch(() => '') };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Without a terminal the TAP itself is what to print; tap would print it twice if it wrote a file, too. */
function runAsText(command, capture) {
  return run(command[0], [...command.slice(1), '--reporter=tap'], capture ? { capture } : { tee: true });
}

function totalsOf(output, status) {
  const totals = parseTapSummary(output);
  if (totals === undefined) return { passed: 0, failed: 1, skipped: 0 };
  // A file that timed out, or that has no test at all, fails the run without a failed assertion.
  return status !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
}
