import { debuglog } from 'node:util';
import { S_IFBLK, S_IFCHR, S_IFIFO } from '../../kernel/constants.js';
import { type Entry, showName } from '../entry.js';
import { invalidArchive } from '../tar/invalid.js';
import { isKeptAttribute } from './attributes.js';
import type { Attribute, Command } from './commands.js';
import { normalizePath, parseName } from './whiteouts.js';

const debug = debuglog('peapod:image');

const nodeTypes = { characterDevice: S_IFCHR, blockDevice: S_IFBLK, fifo: S_IFIFO } as const;

/** What is to be done for an entry of an archive. Throws PEAPOD_IMAGE_INVALID for one that cannot be in a layer. */
export function entryCommand(entry: Entry): Command {
  const { kind, path } = parseName(entry.path);
  if (kind !== 'entry') return { type: kind, path };
  if (path === '' && entry.type !== 'directory') {
    throw invalidArchive(`its root is a ${entry.type}, not a directory`);
  }
  const { mode, uid, gid, mtimeNs } = entry;
  const common = { path, mode, uid, gid, mtimeNs };
  switch (entry.type) {
    case 'directory':
      return { ...common, type: 'directory', attributes: keptAttributes(entry) };
    case 'file':
      return { ...common, type: 'file', attributes: keptAttributes(entry), bodySize: entry.size };
    case 'symlink':
      return { ...common, type: 'symlink', target: entry.target };
    case 'link':
      return { type: 'link', path, target: normalizePath(entry.target) };
    default:
      return { ...common, ...nodeFields(entry, nodeTypes[entry.type]), type: 'node' };
  }
}

function nodeFields({ path, type, mode, major, minor }: Entry, format: number): Partial<Command> {
  if (type === 'characterDevice' && major === 0 && minor === 0) {
    throw invalidArchive(`${showName(path)} is the device 0:0, which overlayfs takes for a deleted file`);
  }
  return { mode: format | mode, device: { major, minor } };
}

/** A tmpfs before Linux 6.6 has no user attributes; capabilities it has. */
function keptAttributes({ path, attributes }: Entry): Attribute[] {
  const kept: Attribute[] = [];
  for (const [name, value] of attributes) {
    if (isKeptAttribute(name)) kept.push({ name, value, isOptional: name !== 'security.capability' });
    else debug('%s: attribute %s is left out', showName(path), name);
  }
  return kept;
}
