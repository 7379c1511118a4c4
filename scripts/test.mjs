// npm test [-- FILE…]: installs and builds what is missing, then runs the C tests and the tap tests. The last
// line is `N passed, N failed, N skipped`. With entry files as arguments only those run.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './run.mjs';
import { ensurePrograms, testPrograms } from './setup/debian-packages.mjs';
import { setup } from './setup.mjs';
import { runNativeTests } from './test/native.mjs';
import { finish, sumTotals } from './test/totals.mjs';
import { runTap } from './test/typescript.mjs';

const unprivilegedEntry = 'test/unit.test.ts';

try {
  finish(await runAll(process.argv.slice(2)));
} catch (error) {
  console.error(error.message);
  finish({ passed: 0, failed: 1, skipped: 0 });
}

async function runAll(chosen) {
  await setup();
  await ensurePrograms(testPrograms);
  const entries = chosen.length > 0 ? chosen : await entryFiles();
  const totals = chosen.length > 0 ? [] : [await runNativeTests((text) => process.stdout.write(text))];
  if (entries.includes(unprivilegedEntry)) totals.push((await runTap([unprivilegedEntry])).totals);
  totals.push(await runPrivileged(entries.filter((entry) => entry !== unprivilegedEntry)));
  return sumTotals(totals);
}

async function entryFiles() {
  const names = await readdir(join(projectRoot, 'test'));
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => join('test', name));
}

/** Everything but the unit tests makes mounts, links and cgroups: it needs root, and namespaces of its own. */
async function runPrivileged(entries) {
  if (entries.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  if (process.getuid() !== 0) {
    for (const entry of entries) console.log(`skipped ${entry}: needs root`);
    return { passed: 0, failed: 0, skipped: entries.length };
  }
  // One at a time: the leak check looks at the namespaces they share.
  return (await runTap(entries, { wrapper: ['unshare', '-nm'], flags: ['--jobs=1'] })).totals;
}
