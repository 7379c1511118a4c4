import { showName } from '../entry.js';
import { invalidArchive } from '../tar/invalid.js';

/** What an entry's name says: that something is there, that something is no more, or that a directory hides what is below. */
export interface NamedPath {
  readonly kind: 'entry' | 'whiteout' | 'opaque';
  /** Of the entry, of what is no more, or of the directory: without empty, `.` and `..` components. */
  readonly path: string;
}

const prefix = '.wh.';
const opaqueName = '.wh..wh..opq';

/**
 * Reads a name as layers of images write it. Throws PEAPOD_IMAGE_INVALID for one that climbs with "..", lies in a
 * whiteout, or deletes what is no plain name.
 */
export function parseName(name: string): NamedPath {
  const components = splitPath(name);
  const last = components.pop() ?? '';
  if (components.some((component) => component.startsWith(prefix))) {
    throw invalidArchive(`the name ${showName(name)} lies in a whiteout`);
  }
  if (!last.startsWith(prefix)) return { kind: 'entry', path: [...components, last].join('/') };
  if (last === opaqueName) return { kind: 'opaque', path: components.join('/') };
  return { kind: 'whiteout', path: [...components, deletedName(name, last)].join('/') };
}

function deletedName(name: string, last: string): string {
  const deleted = last.slice(prefix.length);
  if (['', '.', '..'].includes(deleted) || deleted.startsWith(prefix)) {
    throw invalidArchive(`the whiteout ${showName(name)} deletes nothing that can be named`);
  }
  return deleted;
}

/** A path in the form the unpacking process takes. Throws for one that climbs. */
export function normalizePath(path: string): string {
  return splitPath(path).join('/');
}

function splitPath(path: string): string[] {
  const components = path.split('/').filter((component) => component !== '' && component !== '.');
  if (components.includes('..')) throw invalidArchive(`the name ${showName(path)} climbs with ".."`);
  return components;
}
