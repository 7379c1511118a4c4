import { fstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { hasCode } from '../../errors.js';
import {
  AT_FDCWD,
  O_NOFOLLOW,
  O_PATH,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
} from '../../kernel/constants.js';
import { directoryFlags, files } from '../../kernel/files.js';
import { showName } from '../entry.js';
import { invalidArchive } from '../tar/invalid.js';
import { type ArchiveFile, type ArchiveFiles, readRange } from './archive-files.js';

const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;

/** The files of a directory: regular ones that no symlink leads to, and nothing outside it. */
export function openDirectoryFiles(path: string): ArchiveFiles {
  return new DirectoryFiles(files().openat(AT_FDCWD, path, directoryFlags, 0));
}

class DirectoryFiles implements ArchiveFiles {
  readonly #directoryFd: number;

  constructor(directoryFd: number) {
    this.#directoryFd = directoryFd;
  }

  async find(path: string): Promise<ArchiveFile | undefined> {
    const file = await this.#open(path);
    if (file === undefined) return undefined;
    const { size } = await file.stat();
    await file.close();
    return { size, read: (offset = 0) => this.#read(path, offset, size) };
  }

  async close(): Promise<void> {
    files().close(this.#directoryFd);
  }

  async *#read(path: string, offset: number, size: number): AsyncGenerator<Buffer> {
    const file = await this.#open(path);
    if (file === undefined) throw invalidArchive(`${showName(path)} went away while it was read`);
    try {
      yield* readRange(file, Math.min(offset, size), size);
    } finally {
      await file.close();
    }
  }

  /** Looked at before it is opened: to open a device may do something, a FIFO would wait. */
  async #open(path: string): Promise<FileHandle | undefined> {
    let fd: number;
    try {
      fd = files().openat2(this.#directoryFd, path, O_PATH | O_NOFOLLOW, 0, resolve);
    } catch (error) {
      if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
      throw invalidArchive(`${showName(path)} cannot be opened (${(error as NodeJS.ErrnoException).code})`, {
        cause: error,
      });
    }
    try {
      if (!fstatSync(fd).isFile()) throw invalidArchive(`${showName(path)} is no regular file`);
      return await open(`/proc/self/fd/${fd}`, 'r');
    } finally {
      files().close(fd);
    }
  }
}
