import { write as writeCallback, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { hasCode } from '../../errors.js';
import { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY, S_IFBLK, S_IFCHR, S_IFIFO } from '../../kernel/constants.js';
import { files, resolveInRoot } from '../../kernel/files.js';
import { type Entry, showName, toBytes } from '../entry.js';
import type { Limits } from '../limits.js';
import { invalidArchive } from '../tar/invalid.js';
import { setAttributes } from './attributes.js';
import { DirectoryTimes } from './directory-times.js';
import { explainFailure } from './explain.js';
import { LayerRoot, type Place, statPlace } from './layer-root.js';

const write = promisify(writeCallback);

/** Pieces up to here are written at once; larger ones in a thread, as the disk may make them wait. */
const maxSyncBytes = 64 * 1024;

const nodeTypes = {
  characterDevice: S_IFCHR,
  blockDevice: S_IFBLK,
  fifo: S_IFIFO,
} as const;

/**
 * Makes entries beneath a directory of our own, whoever wrote them: nothing outside it is read, made or changed. A
 * later entry replaces an earlier one of the same name. What a replaced directory held is moved to `trashFd`.
 */
export class LayerWriter {
  readonly #root: LayerRoot;
  readonly #trashFd: number;
  readonly #limits: Limits;
  readonly #times: DirectoryTimes;
  #made = 0;
  #replaced = 0;

  constructor(rootFd: number, trashFd: number, limits: Limits) {
    this.#root = new LayerRoot(rootFd, () => this.#count());
    this.#trashFd = trashFd;
    this.#limits = limits;
    this.#times = new DirectoryTimes(this.#root);
  }

  /** Makes one entry. Throws PEAPOD_IMAGE_INVALID if it cannot exist, SystemError if the host cannot hold it. */
  async write(entry: Entry): Promise<void> {
    this.#count();
    try {
      const place = this.#root.place(entry.path);
      await this.#make(place, entry);
      if (entry.type === 'link') return;
      setAttributes(place, entry);
      if (entry.type === 'directory') this.#times.remember(entry.path, entry.mtimeNs);
    } catch (error) {
      throw explainFailure(error, entry);
    }
  }

  /** Sets the times of directories: to be called after the last entry. */
  finish(): void {
    this.#times.set();
  }

  close(): void {
    this.#root.close();
  }

  #count(): void {
    if (++this.#made > this.#limits.entries)
      throw invalidArchive(`it has more than ${this.#limits.entries} entries`);
  }

  #make(place: Place, entry: Entry): Promise<void> | void {
    if (place.name.equals(dot) && entry.type !== 'directory')
      throw invalidArchive(`its root is a ${entry.type}, not a directory`);
    switch (entry.type) {
      case 'directory':
        return this.#makeDirectory(place);
      case 'file':
        return this.#makeFile(place, entry.body);
      case 'link':
        return this.#makeLink(place, entry.target);
      case 'symlink':
        return this.#replacing(place, () => {
          files().symlinkat(toBytes(entry.target), place.directoryFd, place.name);
        });
      default:
        return this.#makeNode(place, entry, nodeTypes[entry.type]);
    }
  }

  #makeDirectory(place: Place): void {
    if (place.name.equals(dot) || statPlace(place)?.isDirectory()) return;
    this.#replacing(place, () => files().mkdirat(place.directoryFd, place.name, 0o700));
  }

  async #makeFile(place: Place, body: AsyncIterable<Buffer>): Promise<void> {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    const fd = this.#replacing(place, () =>
      files().openat2(place.directoryFd, place.name, flags, 0o600, resolveInRoot),
    );
    try {
      for await (const piece of body) await writeAll(fd, piece);
    } finally {
      files().close(fd);
    }
  }

  #makeLink(place: Place, target: string): void {
    this.#root.withExisting(target, (source) => {
      if (isSame(source, place)) return;
      this.#replacing(place, () =>
        files().linkat(source.directoryFd, source.name, place.directoryFd, place.name, 0),
      );
    });
  }

  #makeNode(place: Place, { path, type, major, minor }: Entry, format: number): void {
    if (type === 'characterDevice' && major === 0 && minor === 0) {
      throw invalidArchive(`${showName(path)} is the device 0:0, which overlayfs takes for a deleted file`);
    }
    this.#replacing(place, () =>
      files().mknodat(place.directoryFd, place.name, format | 0o600, major, minor),
    );
  }

  /** Makes something that must be new; what is there already goes first. */
  #replacing<T>(place: Place, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    this.#remove(place);
    return make();
  }

  #remove(place: Place): void {
    this.#root.forget();
    if (statPlace(place)?.isDirectory()) {
      files().renameat(place.directoryFd, place.name, this.#trashFd, `${this.#replaced++}`, 0);
    } else {
      files().unlinkat(place.directoryFd, place.name, false);
    }
  }
}

const dot = toBytes('.');

/** True for two names of one file: linking them would first remove it. */
function isSame(a: Place, b: Place): boolean {
  const [left, right] = [statPlace(a), statPlace(b)];
  return left !== undefined && left.ino === right?.ino && left.dev === right.dev;
}

async function writeAll(fd: number, piece: Buffer): Promise<void> {
  for (let at = 0; at < piece.length; ) {
    const left = piece.subarray(at);
    at += left.length <= maxSyncBytes ? writeSync(fd, left) : (await write(fd, left)).bytesWritten;
  }
}
