import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot, runOrThrow } from '../run.mjs';
import { newest, oldest } from './freshness.mjs';

/** Writes the declarations of the library to dist/types, unless they are newer than src. */
export async function emitTypes() {
  if (!existsSync(join(projectRoot, 'src/index.ts'))) return;
  if ((await oldest('dist/types/index.d.ts')) > (await newest('src', 'tsconfig.types.json'))) return;
  console.log('building dist/types');
  await rm(join(projectRoot, 'dist/types'), { recursive: true, force: true });
  await runOrThrow(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
    capture: true,
  });
}
