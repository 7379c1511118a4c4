import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../run.mjs';

/**
 * Reads the files below a folder of the project.
 * @param {string} folder
 * @param {RegExp} pattern which names
 * @returns {Promise<{path: string, text: string}[]>} sorted by path
 */
export async function readSources(folder, pattern) {
  const names = await readdir(join(projectRoot, folder), { recursive: true }).catch(() => []);
  const paths = names.filter((name) => pattern.test(name)).map((name) => join(folder, name));
  return Promise.all(
    paths.sort().map(async (path) => ({ path, text: await readFile(join(projectRoot, path), 'utf8') })),
  );
}
