import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot, runOrThrow } from '../run.mjs';

const output = 'build/bench';

async function compile(name, sources) {
  const target = join(projectRoot, output, name);
  await runOrThrow(
    'cc',
    ['-O2', '-Wall', '-Wextra', '-std=gnu11', '-D_GNU_SOURCE', '-o', target, ...sources],
    {
      capture: true,
    },
  );
  return target;
}

/** Compiles the two C programs of the benchmark, which takes a second; throws what cc printed. */
export async function compilePrograms() {
  await mkdir(join(projectRoot, output), { recursive: true });
  const core = (await readdir(join(projectRoot, 'native/core'))).filter((name) => name.endsWith('.c'));
  const [timed, floor] = await Promise.all([
    compile('timed', ['scripts/bench/timed.c']),
    compile('floor', ['scripts/bench/floor.c', ...core.map((name) => `native/core/${name}`)]),
  ]);
  return { timed, floor };
}
