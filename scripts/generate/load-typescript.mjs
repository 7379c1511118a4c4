import { build } from 'esbuild';

/**
 * Imports a TypeScript file, with what it imports of the project, without a build.
 * @param {string} path absolute path of the file
 */
export async function loadTypescript(path) {
  const options = { bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'error' };
  const { outputFiles } = await build({ ...options, entryPoints: [path] });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
