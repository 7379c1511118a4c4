import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

/**
 * Runs every test file below `test/<folder>` in this process: a process of its own costs each file seconds, a
 * folder of fixtures excepted. `PEAPOD_TEST=mounts` runs only the files whose path contains that.
 */
export async function importTests(folder: string): Promise<void> {
  const loading = importFiles(join(import.meta.dirname, folder));
  // A teardown at the top level of a file lets tap end once it is idle, which it must not be while others load.
  t.test(`the files of test/${folder} are loaded`, () => loading);
  await loading;
}

async function importFiles(directory: string): Promise<void> {
  for (const name of await testFiles(directory)) await import(pathToFileURL(join(directory, name)).href);
}

async function testFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  const wanted = process.env.PEAPOD_TEST ?? '';
  return names.filter((name) => isTest(name) && name.includes(wanted)).sort();
}

function isTest(name: string): boolean {
  return name.endsWith('.ts') && !name.split('/').includes('fixtures');
}
