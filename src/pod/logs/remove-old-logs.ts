import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes the logs, rotated ones included, of the runs before `oldestKept`. */
export async function removeOldLogs(directory: string, oldestKept: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const attempt = /^(\d+)\.log(\.|$)/.exec(name)?.[1];
    if (attempt !== undefined && Number(attempt) < oldestKept)
      await rm(join(directory, name), { force: true });
  }
}
