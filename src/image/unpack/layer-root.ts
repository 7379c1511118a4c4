import { type BigIntStats, fstatSync } from 'node:fs';
import { hasCode } from '../../errors.js';
import { O_NOFOLLOW } from '../../kernel/constants.js';
import { directoryFlags, files, itselfFlags, resolveInRoot } from '../../kernel/files.js';
import { showName, toBytes } from '../entry.js';
import { invalidArchive } from '../tar/invalid.js';

/** A place in a layer: an open directory and the name of one thing in it, which is never `..`. */
export interface Place {
  readonly directoryFd: number;
  readonly name: Buffer;
}

/**
 * The names of a layer, resolved so that nothing outside it can be reached: each directory is opened from the layer's
 * root with RESOLVE_IN_ROOT, so that `/` and symlinks mean what they will mean in a container, and all work is done on
 * single names in it. Paths are binary strings.
 */
export class LayerRoot {
  readonly #rootFd: number;
  readonly #onMake: () => void;
  /** The directory used last: archives list one directory's files one after another. */
  #lastPath: string | undefined;
  #lastFd = -1;

  /** `onMake` is told of each directory that was missing and made. The descriptor stays the caller's. */
  constructor(rootFd: number, onMake: () => void) {
    this.#rootFd = rootFd;
    this.#onMake = onMake;
  }

  /** The place an entry goes to. Directories that are missing on the way are made, as Docker does: root's, 0755. */
  place(path: string): Place {
    const components = split(path);
    const name = components.pop();
    if (name === undefined) return { directoryFd: this.#rootFd, name: toBytes('.') };
    return { directoryFd: this.#directory(components), name: toBytes(name) };
  }

  /** Runs `use` with the place of something that must be there already. */
  withExisting<T>(path: string, use: (place: Place) => T): T {
    const components = split(path);
    const name = components.pop() ?? '.';
    const directoryFd = openIn(this.#rootFd, components.join('/') || '.');
    try {
      return use({ directoryFd, name: toBytes(name) });
    } finally {
      files().close(directoryFd);
    }
  }

  /** To be called when something was removed: a path may now lead elsewhere. Places given out stay good. */
  forget(): void {
    this.#lastPath = undefined;
  }

  close(): void {
    this.forget();
    if (this.#lastFd >= 0) files().close(this.#lastFd);
    this.#lastFd = -1;
  }

  #directory(components: readonly string[]): number {
    const path = components.join('/');
    if (path === this.#lastPath) return this.#lastFd;
    this.close();
    this.#lastFd = this.#openOrMake(path, components);
    this.#lastPath = path;
    return this.#lastFd;
  }

  #openOrMake(path: string, components: readonly string[]): number {
    try {
      return openIn(this.#rootFd, path || '.');
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      return this.#make(components);
    }
  }

  #make(components: readonly string[]): number {
    let fd = openIn(this.#rootFd, '.');
    for (const [index, name] of components.entries()) {
      const parentFd = fd;
      try {
        fd = this.#step(parentFd, name, components.slice(0, index + 1));
      } finally {
        files().close(parentFd);
      }
    }
    return fd;
  }

  #step(parentFd: number, name: string, path: readonly string[]): number {
    const flags = directoryFlags | O_NOFOLLOW;
    try {
      return files().openat2(parentFd, toBytes(name), flags, 0, resolveInRoot);
    } catch (error) {
      // A symlink: only from the root is it known where it leads.
      if (hasCode(error, 'ENOTDIR') || hasCode(error, 'ELOOP')) return openIn(this.#rootFd, path.join('/'));
      if (!hasCode(error, 'ENOENT')) throw error;
    }
    this.#onMake();
    files().mkdirat(parentFd, toBytes(name), 0o755);
    return files().openat2(parentFd, toBytes(name), flags, 0, resolveInRoot);
  }
}

/** What is at a place itself: a symlink is not followed, a device or FIFO not opened. Undefined if nothing is. */
export function statPlace({ directoryFd, name }: Place): BigIntStats | undefined {
  let fd: number;
  try {
    fd = files().openat2(directoryFd, name, itselfFlags, 0, resolveInRoot);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return fstatSync(fd, { bigint: true });
  } finally {
    files().close(fd);
  }
}

function openIn(rootFd: number, path: string): number {
  for (;;) {
    try {
      return files().openat2(rootFd, toBytes(path), directoryFlags, 0, resolveInRoot);
    } catch (error) {
      // The kernel cannot tell whether a `..` stayed inside when anything on the host is renamed meanwhile.
      if (!hasCode(error, 'EAGAIN')) throw error;
    }
  }
}

function split(path: string): string[] {
  const components = path.split('/').filter((component) => component !== '' && component !== '.');
  if (components.includes('..')) throw invalidArchive(`the name ${showName(path)} climbs with ".."`);
  return components;
}
