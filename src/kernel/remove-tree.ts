import { randomUUID } from 'node:crypto';
import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { hasCode } from '../errors.js';
import { AT_FDCWD, O_NOFOLLOW } from './constants.js';
import { directoryFlags, files } from './files.js';
import { Pace } from './pace.js';

/**
 * Removes a directory and all below it; nothing happens when it is missing, for whatever reason. Symbolic links are removed, not followed.
 * A container may have nested directories deeper than any path can name: such a tree is taken apart by descriptors.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    return await rm(path, { recursive: true, force: true });
  } catch (error) {
    // A file where a directory above it should be.
    if (hasCode(error, 'ENOTDIR') && !existsSync(path)) return;
    if (!hasCode(error, 'ENAMETOOLONG')) throw error;
  }
  await unlessMissing(() => flattenAll(path));
  await unlessMissing(() => rmdir(path));
}

/**
 * Empties a directory. Directories found in directories are moved to the top first, so that no path is ever long and
 * few descriptors are open. What is missing meanwhile is no error: `rm` gives up at its first one, but what it has
 * begun in other directories goes on.
 */
async function flattenAll(path: string): Promise<void> {
  const pace = new Pace();
  const topFd = files().openat(AT_FDCWD, path, directoryFlags, 0);
  try {
    for (let entries = list(topFd); entries.length > 0; entries = list(topFd)) {
      for (const entry of entries) {
        if (entry.isDirectory()) await unlessMissing(() => flatten(topFd, entry.name, pace));
        else await unlessMissing(() => files().unlinkat(topFd, entry.name, false));
        await pace.rest();
      }
    }
  } finally {
    files().close(topFd);
  }
}

/** Removes a directory at the top after moving the directories in it there. */
async function flatten(topFd: number, name: Uint8Array, pace: Pace): Promise<void> {
  const fd = files().openat(topFd, name, directoryFlags | O_NOFOLLOW, 0);
  try {
    for (const entry of list(fd)) {
      // A name of our own making: the container chose all the others.
      if (entry.isDirectory())
        await unlessMissing(() => files().renameat(fd, entry.name, topFd, randomUUID(), 0));
      else await unlessMissing(() => files().unlinkat(fd, entry.name, false));
      await pace.rest();
    }
  } finally {
    files().close(fd);
  }
  files().unlinkat(topFd, name, true);
}

/** Names are bytes: a container's need not be text. */
function list(fd: number): Dirent<Buffer>[] {
  return readdirSync(`/proc/self/fd/${fd}`, {
    withFileTypes: true,
    encoding: 'buffer',
  }) as unknown as Dirent<Buffer>[];
}

async function unlessMissing(remove: () => Promise<void> | void): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
