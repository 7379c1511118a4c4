import { type Entry, type EntryType, showName } from '../entry.js';
import type { Limits } from '../limits.js';
import type { Header } from './header.js';
import { invalidArchive } from './invalid.js';
import { inRange, parseDecimal, parseTime } from './numbers.js';
import { type PaxRecords, paxAttributes } from './pax.js';
import type { Extensions } from './reader.js';

const types: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '\0': 'file',
  // A "contiguous" file: a file, where no such thing exists.
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'characterDevice',
  '4': 'blockDevice',
  '5': 'directory',
  '6': 'fifo',
};

/** Known types that cannot be unpacked, named so that the error says what the archive has. */
const refused: Readonly<Record<string, string>> = {
  S: 'a sparse file',
  D: 'a directory of an incremental backup',
  M: 'the rest of a file from another volume',
  V: 'a volume label',
};

/** The largest id: 2^32 - 1 means "leave it" to chown(2). */
const maxId = 2 ** 32 - 2;

/** An entry's fields, from its header and from what the headers before it said. */
export function describeEntry(
  header: Header,
  { pax, ...long }: Extensions,
  limits: Limits,
): Omit<Entry, 'body'> {
  const name = textOf(pax, 'path') ?? long.longName ?? header.name;
  checkName(name, limits);
  const type = typeOf(header, name, pax);
  const target = textOf(pax, 'linkpath') ?? long.longLink ?? header.linkName;
  checkName(target, limits);
  return {
    path: name,
    type,
    mode: Number(header.mode & 0o7777n),
    uid: inRange(numberOf(pax, 'uid') ?? header.uid, maxId, 'user id'),
    gid: inRange(numberOf(pax, 'gid') ?? header.gid, maxId, 'group id'),
    mtimeNs: checkTime(timeOf(pax) ?? header.mtime * 1_000_000_000n),
    size:
      type === 'file'
        ? inRange(numberOf(pax, 'size') ?? header.size, limits.unpackedBytes, 'allowed size')
        : 0,
    target: type === 'link' || type === 'symlink' ? target : '',
    ...deviceOf(header, type),
    attributes: paxAttributes(pax),
  };
}

function typeOf(header: Header, name: string, pax: PaxRecords): EntryType {
  const { typeFlag } = header;
  const isSparse = [...pax.keys()].some((key) => key.startsWith('GNU.sparse.'));
  const type = types[typeFlag];
  if (isSparse || type === undefined) {
    const what = isSparse ? refused.S : (refused[typeFlag] ?? `of unknown type ${JSON.stringify(typeFlag)}`);
    throw invalidArchive(`entry ${showName(name)} is ${what}`, {
      hint: isSparse || typeFlag === 'S' ? 'Make the archive without `tar --sparse`.' : undefined,
    });
  }
  // The oldest format has no type for directories.
  return type === 'file' && name.endsWith('/') ? 'directory' : type;
}

function deviceOf(header: Header, type: EntryType): { major: number; minor: number } {
  if (type !== 'characterDevice' && type !== 'blockDevice') return { major: 0, minor: 0 };
  return { major: inRange(header.major, 0xfff, 'device'), minor: inRange(header.minor, 0xfffff, 'device') };
}

function checkName(name: string, limits: Limits): void {
  if (name.includes('\0')) throw invalidArchive(`the name ${showName(name)} holds a NUL`);
  if (name.length > limits.nameBytes) {
    throw invalidArchive(`the name ${showName(name)} is longer than ${limits.nameBytes} bytes`);
  }
}

function textOf(pax: PaxRecords, key: string): string | undefined {
  return pax.get(key)?.toString('latin1');
}

function numberOf(pax: PaxRecords, key: string): bigint | undefined {
  const text = textOf(pax, key);
  return text === undefined ? undefined : parseDecimal(text, key);
}

/** What fits in 64 bits: until the year 2262. */
function checkTime(timeNs: bigint): bigint {
  if (BigInt.asIntN(64, timeNs) !== timeNs) throw invalidArchive('a time is out of range');
  return timeNs;
}

function timeOf(pax: PaxRecords): bigint | undefined {
  const text = textOf(pax, 'mtime');
  return text === undefined ? undefined : parseTime(text);
}
