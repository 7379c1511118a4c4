import { readFile } from 'node:fs/promises';
import { transform } from 'esbuild';

/**
 * Imports a TypeScript file that has no run-time imports of its own (a table), without a build.
 * @param {string} path absolute path of the file
 */
export async function loadTypescript(path) {
  const source = await readFile(path, 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm', sourcefile: path });
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}
