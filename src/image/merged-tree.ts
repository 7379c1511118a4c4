import { closeSync, fstatSync, type Stats } from 'node:fs';
import { hasCode, PeapodError } from '../errors.js';
import {
  AT_FDCWD,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  RESOLVE_NO_SYMLINKS,
} from '../kernel/constants.js';
import { directoryFlags, files, itselfFlags, resolveInRoot } from '../kernel/files.js';
import { showName, toBytes } from './entry.js';

/** A directory as overlayfs merges it: of each layer that has a part of it, top first. */
interface MergedDirectory {
  /** The same in all layers, as no symlink is part of it; '' is the root. */
  readonly path: string;
  readonly layers: readonly number[];
  /** The root's is itself. */
  readonly parent: MergedDirectory | undefined;
}

/** What a name means that is no directory. */
interface Leaf {
  readonly path: string;
  readonly layer: number;
  readonly stat: Stats;
  /** Of a symlink. */
  readonly target: string | undefined;
}

/** As many as the kernel follows in one path. */
const maxSymlinks = 40;

/** Names looked up in a layer for one path: what a hostile image may cost, and far more than others do. */
const maxLookups = 20_000;

const noSymlinks = resolveInRoot | RESOLVE_NO_SYMLINKS;

/**
 * The layers of an image as a container of it will see them, without mounting them: whiteouts, opaque directories and
 * symlinks that lead from layer to layer are followed as overlayfs and the kernel do. Nothing but single names is
 * asked of the kernel, each in a directory that no symlink led to, so that nothing outside the layers can be reached.
 */
export class MergedTree {
  readonly #paths: readonly string[];
  #fds: number[] | undefined;
  #lookups = 0;
  /** What was looked up, by path: one file asked for is seldom the last of its directory. */
  readonly #known = new Map<string, MergedDirectory | Leaf | undefined>();

  /** `layers` are directories, top first. They are opened when the first file is, until `close`. */
  constructor(layers: readonly string[]) {
    this.#paths = layers;
  }

  /**
   * Opens the regular file that `path` (a binary string) leads to, for reading; undefined if there is none. Throws
   * PEAPOD_IMAGE_INVALID when something else is there, or the symlinks on the way to it do not end.
   */
  openFile(path: string): number | undefined {
    this.#fds ??= openAll(this.#paths);
    this.#lookups = 0;
    const found = this.#walk(path);
    if (found === undefined) return undefined;
    if (found === 'directory' || !found.stat.isFile()) throw unreadable(path, 'it is no regular file');
    // O_NONBLOCK and the check after it cost nothing, and hold for what a mistake of ours may have put there.
    const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    const fd = files().openat2(this.#fd(found.layer), toBytes(found.path), flags, 0, noSymlinks);
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    throw unreadable(path, 'it is no regular file');
  }

  close(): void {
    for (const fd of this.#fds ?? []) files().close(fd);
    this.#fds = undefined;
  }

  #walk(path: string): Leaf | 'directory' | undefined {
    const root = { path: '', layers: this.#paths.map((_, index) => index), parent: undefined };
    let directory: MergedDirectory = root;
    let symlinks = 0;
    const pending = splitReversed(path);
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === '.') continue;
      if (name === '..') {
        directory = directory.parent ?? root;
        continue;
      }
      const found = this.#lookUp(directory, name);
      if (found === undefined) return undefined;
      if ('layers' in found) {
        directory = found;
      } else if (found.target === undefined) {
        return pending.length === 0 ? found : undefined;
      } else {
        if (++symlinks > maxSymlinks) throw unreadable(path, 'the symlinks on the way to it do not end');
        if (found.target.startsWith('/')) directory = root;
        pending.push(...splitReversed(found.target));
      }
    }
    return 'directory';
  }

  #lookUp(directory: MergedDirectory, name: string): MergedDirectory | Leaf | undefined {
    const path = directory.path === '' ? name : `${directory.path}/${name}`;
    if (!this.#known.has(path)) this.#known.set(path, this.#merge(directory, path));
    return this.#known.get(path);
  }

  /** Overlayfs's lookup: the topmost layer that has the name decides; directories go on until something covers them. */
  #merge(directory: MergedDirectory, path: string): MergedDirectory | Leaf | undefined {
    const last = directory.layers.at(-1);
    const parts: number[] = [];
    for (const layer of directory.layers) {
      const found = this.#inspect(path, layer, layer !== last);
      if (found === undefined) continue;
      const { stat, isOpaque, target } = found;
      if (!stat.isDirectory()) {
        if (parts.length > 0 || isWhiteout(stat)) break;
        return { path, layer, stat, target };
      }
      parts.push(layer);
      if (isOpaque) break;
    }
    return parts.length === 0 ? undefined : { path, layers: parts, parent: directory };
  }

  /** What one layer has by a name. Whether a directory hides what lies beneath is looked at only if anything does. */
  #inspect(path: string, layer: number, hasLower: boolean) {
    if (++this.#lookups > maxLookups) throw unreadable(path, 'the way to it is too long');
    const fd = this.#openItself(path, layer);
    if (fd === undefined) return undefined;
    try {
      const stat = fstatSync(fd);
      return {
        stat,
        isOpaque: hasLower && stat.isDirectory() && isOpaque(fd),
        target: stat.isSymbolicLink() ? files().readlinkat(fd, '').toString('latin1') : undefined,
      };
    } finally {
      files().close(fd);
    }
  }

  #openItself(path: string, layer: number): number | undefined {
    try {
      return files().openat2(this.#fd(layer), toBytes(path), itselfFlags, 0, noSymlinks);
    } catch (error) {
      // ENAMETOOLONG: a name, or a whole path of them, that no file can have.
      if (hasCode(error, 'ENOENT') || hasCode(error, 'ENAMETOOLONG')) return undefined;
      throw unreadable(path, `it cannot be looked up (${(error as NodeJS.ErrnoException).code})`, error);
    }
  }

  #fd(layer: number): number {
    return this.#fds?.[layer] ?? -1;
  }
}

function openAll(paths: readonly string[]): number[] {
  const fds: number[] = [];
  try {
    for (const path of paths) fds.push(files().openat(AT_FDCWD, path, directoryFlags, 0));
    return fds;
  } catch (error) {
    for (const fd of fds) files().close(fd);
    throw error;
  }
}

function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0;
}

const opaque = 'trusted.overlay.opaque';

/** Asked for by the list: to miss an attribute is an error, and takes longer. */
function isOpaque(fd: number): boolean {
  const names = files().listxattrat(fd, '');
  return names.includes(opaque) && files().getxattrat(fd, '', opaque).equals(Buffer.from('y'));
}

/** The components of a path, last first. A slash at the end asks for a directory, as `/.` does. */
function splitReversed(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  return (path.endsWith('/') ? [...names, '.'] : names).reverse();
}

/** The error for a file of an image that must not, or cannot, be read. */
export function unreadable(path: string, why: string, cause?: unknown): PeapodError {
  const shown = showName(`/${path}`);
  return new PeapodError('PEAPOD_IMAGE_INVALID', `Cannot read ${shown} of the image: ${why}`, { cause });
}
