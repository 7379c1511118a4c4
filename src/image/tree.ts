import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { debuglog } from 'node:util';
import {
  AT_FDCWD,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../kernel/constants.js';
import { files } from '../kernel/files.js';
import { type Entry, type EntryType, emptyBody, showName, toBytes } from './entry.js';
import { readBody } from './tree-file.js';
import { isKeptAttribute } from './unpack/attributes.js';

const debug = debuglog('peapod:image');

/**
 * Reads a directory as the entries of an archive: the root first, each directory before what is in it, names in the
 * order of their bytes, so that the same tree always reads the same. A file's second name is a hard link to the
 * first. Sockets are left out, as tar leaves them out, and so is what other file systems mounted in it hold.
 */
export async function* readTree(
  root: string,
  options: TreeOptions = {},
): AsyncGenerator<Entry, undefined, void> {
  yield* new TreeReader(root, options).read();
}

export interface TreeOptions {
  /** Which extended attributes are read; those that an image may have, unless told otherwise. */
  readonly keepsAttribute?: (name: string) => boolean;
}

class TreeReader {
  readonly #root: Buffer;
  readonly #keepsAttribute: (name: string) => boolean;
  /** First path of each file that has several names. */
  readonly #links = new Map<string, string>();

  constructor(root: string, { keepsAttribute = isKeptAttribute }: TreeOptions) {
    this.#root = Buffer.from(root);
    this.#keepsAttribute = keepsAttribute;
  }

  /** Keeps a stack of its own: a tree may be deeper than generators should be nested. */
  async *read(): AsyncGenerator<Entry, undefined, void> {
    const { dev } = this.#stat('');
    const pending = [''];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const stat = this.#stat(path);
      const entry = this.#describe(path, stat);
      if (entry !== undefined) yield entry;
      if (stat.isDirectory() && stat.dev === dev) pending.push(...this.#children(path));
    }
  }

  #stat(path: string): BigIntStats {
    return lstatSync(this.#locate(path), { bigint: true });
  }

  #locate(path: string): Buffer {
    return path === '' ? this.#root : Buffer.concat([this.#root, toBytes(`/${path}`)]);
  }

  /** Last first, as they are taken from the end. */
  #children(path: string): string[] {
    const names = readdirSync(this.#locate(path), 'buffer').map((name) => name.toString('latin1'));
    return names
      .sort()
      .reverse()
      .map((name) => (path === '' ? name : `${path}/${name}`));
  }

  #describe(path: string, stat: BigIntStats): Entry | undefined {
    const type = typeOf(stat);
    if (type === undefined) {
      debug('%s is a socket and is left out', showName(path));
      return undefined;
    }
    const first = this.#firstName(path, stat);
    return {
      path,
      type: first === undefined ? type : 'link',
      mode: Number(stat.mode) & 0o7777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      mtimeNs: stat.mtimeNs,
      size: type === 'file' && first === undefined ? Number(stat.size) : 0,
      target: first ?? this.#readLink(path, type),
      ...deviceOf(stat, type),
      attributes: this.#readAttributes(path, type),
      body: type === 'file' && first === undefined ? readBody(this.#locate(path), stat) : emptyBody(),
    };
  }

  #firstName(path: string, stat: BigIntStats): string | undefined {
    if (stat.isDirectory() || stat.nlink < 2n) return undefined;
    const key = `${stat.dev}:${stat.ino}`;
    const first = this.#links.get(key);
    if (first === undefined) this.#links.set(key, path);
    return first;
  }

  #readLink(path: string, type: EntryType): string {
    return type === 'symlink' ? files().readlinkat(AT_FDCWD, this.#locate(path)).toString('latin1') : '';
  }

  #readAttributes(path: string, type: EntryType): Map<string, Buffer> {
    const attributes = new Map<string, Buffer>();
    if (type !== 'file' && type !== 'directory') return attributes;
    const location = this.#locate(path);
    for (const name of files().listxattrat(AT_FDCWD, location).sort()) {
      if (this.#keepsAttribute(name)) attributes.set(name, files().getxattrat(AT_FDCWD, location, name));
    }
    return attributes;
  }
}

function typeOf(stat: BigIntStats): EntryType | undefined {
  switch (Number(stat.mode) & S_IFMT) {
    case S_IFREG:
      return 'file';
    case S_IFDIR:
      return 'directory';
    case S_IFLNK:
      return 'symlink';
    case S_IFCHR:
      return 'characterDevice';
    case S_IFBLK:
      return 'blockDevice';
    case S_IFIFO:
      return 'fifo';
    default:
      return undefined;
  }
}

/** How glibc packs two numbers into one. */
function deviceOf({ rdev }: BigIntStats, type: EntryType): { major: number; minor: number } {
  if (type !== 'characterDevice' && type !== 'blockDevice') return { major: 0, minor: 0 };
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)),
  };
}
