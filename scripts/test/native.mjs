import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { newest, oldest } from '../build/freshness.mjs';
import { compileFlags, entryPoints, linkedFolders } from '../native-tests.mjs';
import { projectRoot, run } from '../run.mjs';
import { parseTap } from './tap-lines.mjs';
import { sumTotals } from './totals.mjs';

const sourceDirectory = 'native/test';
/** Not below build, which node-gyp may empty. */
const outputDirectory = 'node_modules/.cache/peapod-native-tests';
const testTimeoutMs = 120_000;

/**
 * Compiles and runs every `native/test/test_*.c` with the sanitizers.
 * @param {(text: string) => void} print receives the TAP of each program
 * @returns {Promise<import('./totals.mjs').Totals>}
 */
export async function runNativeTests(print) {
  await mkdir(join(projectRoot, outputDirectory), { recursive: true });
  const totals = [];
  for (const name of await testNames()) totals.push(await runNativeTest(name, print));
  return sumTotals(totals);
}

async function testNames() {
  const files = await readdir(join(projectRoot, sourceDirectory)).catch(() => []);
  return files
    .filter((file) => /^test_.*\.c$/.test(file))
    .map((file) => basename(file, '.c'))
    .sort();
}

async function runNativeTest(name, print) {
  print(`# ${sourceDirectory}/${name}.c\n`);
  const program = join(outputDirectory, name);
  const compiled = await compile(name, program);
  if (compiled.status !== 0) {
    print(`${compiled.output}not ok - ${name} compiles\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const { status, output } = await run(join(projectRoot, program), [], {
    capture: true,
    timeoutMs: testTimeoutMs,
  });
  print(output);
  return parseTap(output, status);
}

async function compile(name, program) {
  const sources = [join(sourceDirectory, `${name}.c`), ...(await sourcesOf(name))];
  if ((await oldest(program)) > (await newest('native', 'scripts/native-tests.mjs')))
    return { status: 0, output: '' };
  return run('cc', [...compileFlags, ...sources, '-o', program], { capture: true });
}

async function sourcesOf(name) {
  const { folders } = linkedFolders.find(({ tests }) => tests.test(name));
  const lists = await Promise.all(folders.map(cFiles));
  return lists.flat().filter((path) => !entryPoints.includes(path));
}

async function cFiles(directory) {
  const files = await readdir(join(projectRoot, directory)).catch(() => []);
  return files.filter((file) => file.endsWith('.c')).map((file) => join(directory, file));
}
