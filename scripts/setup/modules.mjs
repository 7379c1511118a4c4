import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot, runOrThrow } from '../run.mjs';

/** Runs `npm ci` when node_modules is missing or differs from package-lock.json. */
export async function ensureModules() {
  if (await modulesMatchLock()) return;
  console.log('installing node_modules (npm ci)');
  // npm needs NODE_EXTRA_CA_CERTS where the registry is behind a proxy of its own.
  await runOrThrow('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    capture: true,
    env: process.env,
  });
}

async function modulesMatchLock() {
  const wanted = await lockedPackages('package-lock.json');
  const present = await lockedPackages('node_modules/.package-lock.json');
  if (present === undefined) return false;
  return Object.entries(wanted ?? {}).every(
    // Optional packages may be absent: other platforms, or a failed compile of ffi-napi.
    ([path, { version, optional, peer }]) =>
      path === '' || optional || peer || present[path]?.version === version,
  );
}

async function lockedPackages(path) {
  try {
    return JSON.parse(await readFile(join(projectRoot, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}
