import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Runs every test file below `test/<folder>` in this process: a process of its own costs each file seconds, a
 * folder of fixtures excepted. `PEAPOD_TEST=mounts` runs only the files whose path contains that.
 */
export async function importTests(folder: string): Promise<void> {
  const directory = join(import.meta.dirname, folder);
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
