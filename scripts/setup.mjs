import { build } from './build/all.mjs';
import { ensureModules } from './setup/modules.mjs';

/** Installs and builds what is missing or stale, so that every npm script works on a fresh clone. */
export async function setup() {
  await ensureModules();
  await build();
}
