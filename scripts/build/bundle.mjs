import { existsSync } from 'node:fs';
import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { projectRoot } from '../run.mjs';
import { newest, oldest } from './freshness.mjs';

const entries = {
  index: 'src/index.ts',
  peapod: 'src/cli/peapod.ts',
  'unpack-worker': 'src/image/unpack/worker.ts',
};
const staleChunkAgeMs = 3_600_000;

/** Bundles the library and the command line into dist, unless dist is newer than src and the lock file. */
export async function bundle() {
  const present = Object.entries(entries).filter(([, source]) => existsSync(join(projectRoot, source)));
  if (present.length === 0) return;
  const built = await Promise.all(present.map(([name]) => oldest(`dist/${name}.js`)));
  if (Math.min(...built) > (await newest('src', 'package-lock.json', 'scripts/build'))) return;
  console.log('building dist');
  await runEsbuild(Object.fromEntries(present));
}

async function runEsbuild(entryPoints) {
  const { build } = await import('esbuild');
  const result = await build({
    absWorkingDir: projectRoot,
    entryPoints,
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    chunkNames: 'chunk-[hash]',
    metafile: true,
    logLevel: 'warning',
    // Compiled packages find their binaries next to their own files.
    external: ['node-gyp-build', 'ffi-napi', 'ref-napi', 'execa'],
    // CommonJS packages inside an ES module still call require.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  }).catch(() => {
    throw new Error('dist is not built: see the errors above');
  });
  await removeStaleChunks(Object.keys(result.metafile.outputs));
  if ('peapod' in entryPoints) await chmod(join(projectRoot, 'dist/peapod.js'), 0o755);
}

/** A running daemon may still load a chunk of the last build, so chunks go only after an hour. */
async function removeStaleChunks(outputs) {
  const keep = new Set(outputs.map((path) => basename(path)));
  for (const name of await readdir(join(projectRoot, 'dist'))) {
    if (!name.startsWith('chunk-') || keep.has(name)) continue;
    const path = join(projectRoot, 'dist', name);
    if ((await stat(path)).mtimeMs < Date.now() - staleChunkAgeMs) await rm(path, { force: true });
  }
}
