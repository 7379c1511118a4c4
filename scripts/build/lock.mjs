import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../run.mjs';

const directory = join(projectRoot, 'node_modules/.peapod-build');
const pollMs = 100;

/** Runs `work` while no other build of this clone runs: `npm test` and `npm run ok` may be started together. */
export async function withBuildLock(work) {
  while (!(await take())) await sleep(pollMs);
  try {
    return await work();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function take() {
  try {
    await mkdir(directory);
    await writeFile(join(directory, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (await isAbandoned()) await rm(directory, { recursive: true, force: true });
    return false;
  }
}

async function isAbandoned() {
  const pid = Number(await readFile(join(directory, 'pid'), 'utf8').catch(() => 0));
  if (pid > 0) return !isAlive(pid);
  const age = Date.now() - ((await stat(directory).catch(() => undefined))?.mtimeMs ?? Date.now());
  return age > 10 * pollMs;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
