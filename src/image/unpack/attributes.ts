import { debuglog } from 'node:util';
import { hasCode } from '../../errors.js';
import { AT_SYMLINK_NOFOLLOW } from '../../kernel/constants.js';
import { files } from '../../kernel/files.js';
import type { Entry } from '../entry.js';
import type { Place } from './layer-root.js';

const debug = debuglog('peapod:image');

/**
 * Gives what was made its owner, attributes, mode and times, in this order: a change of owner takes away set-id bits
 * and capabilities.
 */
export function setAttributes(place: Place, entry: Entry): void {
  const { directoryFd, name } = place;
  files().fchownat(directoryFd, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW);
  if (entry.type === 'file' || entry.type === 'directory') setExtended(place, entry);
  // A symlink has no mode; fchmodat would change what it points to.
  if (entry.type !== 'symlink') files().fchmodat(directoryFd, name, entry.mode);
  setTime(place, entry.mtimeNs);
}

export function setTime({ directoryFd, name }: Place, timeNs: bigint): void {
  files().utimensat(directoryFd, name, timeNs, timeNs, AT_SYMLINK_NOFOLLOW);
}

/**
 * Only what is a program's own business is kept. `trusted.overlay.*` and `user.overlay.*` would tell overlayfs to show
 * other directories in place of these; the rest (SELinux labels, ACLs) belongs to the host it came from.
 */
export function isKeptAttribute(name: string): boolean {
  if (name === 'security.capability') return true;
  return name.startsWith('user.') && !name.startsWith('user.overlay.');
}

function setExtended({ directoryFd, name }: Place, entry: Entry): void {
  for (const [attribute, value] of entry.attributes) {
    if (!isKeptAttribute(attribute)) {
      debug('%s: attribute %s is left out', entry.path, attribute);
      continue;
    }
    try {
      files().setxattrat(directoryFd, name, attribute, value, 0);
    } catch (error) {
      // A tmpfs before Linux 6.6 has no user attributes; capabilities it has.
      if (!hasCode(error, 'ENOTSUP') && !hasCode(error, 'EOPNOTSUPP')) throw error;
      if (attribute === 'security.capability') throw error;
      debug('%s: this file system cannot keep attribute %s', entry.path, attribute);
    }
  }
}
