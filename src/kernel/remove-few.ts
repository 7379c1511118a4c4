import { existsSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../errors.js';

/** What a container that wrote nothing leaves behind is less than this, and so are the records of a run. */
const fewEntries = 10;

/**
 * Removes a directory and all below it here and now if it is only a few entries: tens of microseconds, where each
 * entry costs `rm` several trips to the thread pool. False when it is more, or something is in the way: part of it may
 * be gone then, and the rest is for `removeTree`. A missing directory is removed already.
 */
export function removeFew(path: string): boolean {
  try {
    return removeWithin(path, fewEntries) >= 0;
  } catch (error) {
    // ENOENT may also be a name that is no text, which can be listed but not unlinked.
    return hasCode(error, 'ENOENT') && !existsSync(path);
  }
}

/** How many of `allowed` entries are left; negative, with nothing more removed, once there are too many. */
function removeWithin(directory: string, allowed: number): number {
  const entries = readdirSync(directory, { withFileTypes: true });
  let left = allowed - entries.length;
  for (const entry of entries) {
    if (left < 0) return left;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) left = removeWithin(path, left);
    else unlinkSync(path);
  }
  if (left >= 0) rmdirSync(directory);
  return left;
}
