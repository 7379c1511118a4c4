import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../errors.js';

export interface LogFile {
  readonly path: string;
  readonly inode: bigint;
  readonly size: number;
  readonly modifiedAt: number;
}

/**
 * The files of one run's log, oldest first and the live one last. A rotation in the middle of the listing
 * shows a file twice or not at all, so it is listed until two listings agree.
 */
export async function listLogFiles(directory: string, liveName: string): Promise<LogFile[]> {
  let files = await listOnce(directory, liveName);
  for (;;) {
    const again = await listOnce(directory, liveName);
    if (isSameListing(files, again)) return again;
    files = again;
  }
}

async function listOnce(directory: string, liveName: string): Promise<LogFile[]> {
  const names = await readdir(directory).catch(ifMissing([]));
  const rotated = names.filter((name) => isRotated(name, liveName)).sort();
  const files: LogFile[] = [];
  for (const name of [...rotated, liveName]) {
    const path = join(directory, name);
    const found = await stat(path, { bigint: true }).catch(ifMissing(undefined));
    if (found !== undefined) {
      files.push({ path, inode: found.ino, size: Number(found.size), modifiedAt: Number(found.mtimeMs) });
    }
  }
  return files;
}

/** Rotated files carry the time of their rotation, `0.log.20240131-235959`, so that their names sort by age. */
function isRotated(name: string, liveName: string): boolean {
  return name.startsWith(`${liveName}.`) && /^\d{8}-\d{6}$/.test(name.slice(liveName.length + 1));
}

export function isSameListing(a: readonly LogFile[], b: readonly LogFile[]): boolean {
  return a.length === b.length && a.every((file, index) => file.inode === b[index]?.inode);
}

function ifMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (hasCode(error, 'ENOENT')) return value;
    throw error;
  };
}
