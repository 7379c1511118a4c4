import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './run.mjs';

const generated = ['native/core/plan_ops.h'];

/** Paths of every C and C++ file written by hand, sorted. */
export async function nativeSources() {
  const names = await readdir(join(projectRoot, 'native'), { recursive: true }).catch(() => []);
  const sources = names.filter((name) => /\.(c|cc|h)$/.test(name)).map((name) => join('native', name));
  return sources.filter((path) => !generated.includes(path)).sort();
}
