import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../run.mjs';

/** The newest modification time among files and directories' files, in ms; 0 when there are none. */
export async function newest(...paths) {
  return Math.max(0, ...(await modifiedTimes(paths)));
}

/** The oldest modification time among the files; 0 (older than anything) when there are none. */
export async function oldest(...paths) {
  const times = await modifiedTimes(paths);
  return times.length === 0 ? 0 : Math.min(...times);
}

async function modifiedTimes(paths) {
  const lists = await Promise.all(paths.map((path) => fileTimes(join(projectRoot, path))));
  return lists.flat();
}

async function fileTimes(path) {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [stats.mtimeMs];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).mtimeMs));
}
