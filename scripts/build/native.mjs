import { existsSync } from 'node:fs';
import { access, readdir, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectRoot, runOrThrow } from '../run.mjs';
import { newest, oldest } from './freshness.mjs';

const outputDirectory = 'build/Release';

/** Compiles the addon, pause and the monitor unless all of them are newer than every native source. */
export async function buildNative() {
  if (!existsSync(join(projectRoot, 'binding.gyp'))) return;
  const sources = await newest('binding.gyp', 'native');
  if ((await oldest(...(await outputs()))) > sources) return;
  console.log('building native');
  const startedAt = new Date();
  await runOrThrow('npm', ['run', '--silent', 'build:native', '--', '--jobs=max', ...nodeDirectory()], {
    capture: true,
  });
  await touch(await outputs(), startedAt);
}

/** make leaves a program alone that no change concerns; its age must not make the next build start again. */
async function touch(paths, time) {
  await Promise.all(paths.map((path) => utimes(join(projectRoot, path), time, time)));
}

/** The addon and the executables: what node-gyp leaves at the top of its output directory. */
async function outputs() {
  const names = await readdir(join(projectRoot, outputDirectory)).catch(() => []);
  const paths = names.map((name) => join(outputDirectory, name));
  const isProgram = await Promise.all(paths.map(isExecutable));
  return paths.filter((_, index) => isProgram[index]);
}

async function isExecutable(path) {
  const absolute = join(projectRoot, path);
  if (!(await stat(absolute)).isFile()) return false;
  return access(absolute, 1).then(
    () => true,
    () => false,
  );
}

/** The running Node's own headers, when it came with them: node-gyp would download them otherwise. */
function nodeDirectory() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}
