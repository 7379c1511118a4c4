import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';
import { type Entry, type EntryType, showName } from '../entry.js';
import type { Limits } from '../limits.js';
import { invalidArchive } from '../tar/invalid.js';
import { TarReader } from '../tar/reader.js';
import { type ArchiveFile, type ArchiveFiles, readRange } from './archive-files.js';
import { FileSource } from './file-source.js';

/** Where an entry's content lies, or where a link leads. */
interface Place {
  readonly type: EntryType;
  readonly offset: number;
  readonly size: number;
  /** Of a link: a path in the archive. */
  readonly target: string;
}

/** Archives of images have a few entries for each layer; of root file systems, one for each file. */
const maxEntries = 100_000;
/** What an index of all names may take. */
const maxNamesBytes = 16 * 1024 * 1024;
const maxLinks = 40;

/**
 * The files of a tar archive. One pass over its headers finds out where they are; nothing is unpacked, and links lead
 * to other entries or nowhere. Throws PEAPOD_IMAGE_INVALID for a malformed archive, and for one that has a file twice,
 * of which programs would take different ones. `file` is closed by `close`.
 */
export async function openTarFiles(file: FileHandle, limits: Limits): Promise<ArchiveFiles> {
  const { size } = await file.stat();
  return new TarFiles(file, await indexEntries(new FileSource(file, size), limits));
}

class TarFiles implements ArchiveFiles {
  readonly #file: FileHandle;
  readonly #places: ReadonlyMap<string, Place>;

  constructor(file: FileHandle, places: ReadonlyMap<string, Place>) {
    this.#file = file;
    this.#places = places;
  }

  async find(path: string): Promise<ArchiveFile | undefined> {
    const place = this.#follow(path);
    if (place === undefined) return undefined;
    const { type, size, offset } = place;
    if (type !== 'file') throw invalidArchive(`${showName(path)} is a ${type}, not a file`);
    return {
      size,
      read: (from = 0) => readRange(this.#file, offset + Math.min(from, size), offset + size),
    };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #follow(path: string): Place | undefined {
    let place = this.#places.get(plainPath(path));
    for (let links = 0; place?.type === 'symlink' || place?.type === 'link'; links++) {
      if (links === maxLinks) throw invalidArchive(`the links of ${showName(path)} do not end`);
      place = this.#places.get(place.target);
    }
    return place;
  }
}

async function indexEntries(source: FileSource, limits: Limits): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  const reader = new TarReader(source, { ...limits, entries: Math.min(limits.entries, maxEntries) });
  let namesBytes = 0;
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    const place = { type: entry.type, offset: source.position, size: entry.size, target: targetOf(entry) };
    const path = plainPath(entry.path);
    const isRepeated = places.has(path) && entry.type !== 'directory';
    if (isRepeated) throw invalidArchive(`it has ${showName(path)} twice`);
    places.set(path, place);
    namesBytes += path.length + place.target.length;
    if (namesBytes > maxNamesBytes) throw invalidArchive(`its names have more than ${maxNamesBytes} bytes`);
  }
  return places;
}

/** A symlink's is relative to where it lies, a hard link's to the archive. */
function targetOf({ type, path, target }: Entry): string {
  if (type === 'symlink') return plainPath(posix.resolve('/', posix.dirname(plainPath(path)), target));
  return type === 'link' ? plainPath(target) : '';
}

/** Without `./` and `//`; what climbs above the root stays there. */
function plainPath(path: string): string {
  return posix.normalize(`/${path}`).replace(/^\/+|\/+$/g, '');
}
