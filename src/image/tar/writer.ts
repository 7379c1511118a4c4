import { type Entry, type EntryType, showName, toBytes } from '../entry.js';
import { encodeHeader, maxHeaderName, maxLongNumber, maxShortNumber } from './encode-header.js';
import { attributeRecord, encodePax, formatTime } from './encode-pax.js';
import { blockSize, type Header } from './header.js';
import { invalidArchive } from './invalid.js';
import type { PaxRecords } from './pax.js';

/** A write for each header would cost more than what is written. */
const batchBytes = 256 * 1024;

const typeFlags: Readonly<Record<EntryType, string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  characterDevice: '3',
  blockDevice: '4',
  directory: '5',
  fifo: '6',
};

/** Of headers that only describe the next one. */
const paxHeader = { name: 'PaxHeader', mode: 0o644n, uid: 0n, gid: 0n, mtime: 0n, typeFlag: 'x' };

/**
 * A tar archive of `entries`, in their order, in the pax format: what fits a ustar header is there, everything else in
 * pax records before it. The same entries are the same bytes, whenever and wherever they are written. Names and
 * attributes keep their bytes. Throws PEAPOD_IMAGE_INVALID for what no archive can hold, and for a body that is not
 * as long as its entry says.
 */
export function writeTar(entries: AsyncIterable<Entry>): AsyncGenerator<Buffer> {
  return inBatches(writePieces(entries));
}

async function* writePieces(entries: AsyncIterable<Entry>): AsyncGenerator<Buffer> {
  for await (const entry of entries) {
    yield* writeHeaders(entry);
    yield* writeBody(entry);
  }
  yield Buffer.alloc(2 * blockSize);
}

function* writeHeaders(entry: Entry): Generator<Buffer> {
  const name = nameOf(entry);
  const records = paxRecords(entry, name);
  if (records.size > 0) {
    const data = encodePax(records);
    yield encodeHeader({ ...paxHeader, size: BigInt(data.length), linkName: '', major: 0n, minor: 0n });
    yield data;
    yield padding(data.length);
  }
  yield encodeHeader(describeHeader(entry, name));
}

/** With a slash at the end of a directory's, as all tar programs write it; the root is `./`. */
function nameOf({ path, type, target }: Entry): string {
  const name = path === '' ? '.' : path;
  if (`${name}${target}`.includes('\0')) throw invalidArchive(`the name ${showName(path)} holds a NUL`);
  if (type !== 'directory' && (path === '' || path.endsWith('/')))
    throw invalidArchive(`${showName(path)} cannot be the name of a ${type}`);
  return type === 'directory' && !name.endsWith('/') ? `${name}/` : name;
}

function describeHeader(entry: Entry, name: string): Header {
  const seconds = entry.mtimeNs / 1_000_000_000n;
  return {
    name,
    mode: BigInt(entry.mode),
    uid: ifFits(BigInt(entry.uid), maxShortNumber),
    gid: ifFits(BigInt(entry.gid), maxShortNumber),
    size: ifFits(BigInt(entry.size), maxLongNumber),
    mtime: ifFits(seconds, maxLongNumber),
    typeFlag: typeFlags[entry.type],
    linkName: entry.target,
    major: BigInt(entry.major),
    minor: BigInt(entry.minor),
  };
}

/** What the header of an entry cannot say. */
function paxRecords(entry: Entry, name: string): PaxRecords {
  const records: PaxRecords = new Map(
    [...entry.attributes].map(([key, value]) => attributeRecord(key, value)),
  );
  if (name.length > maxHeaderName) records.set('path', toBytes(name));
  if (entry.target.length > maxHeaderName) records.set('linkpath', toBytes(entry.target));
  for (const [key, value, max] of [
    ['uid', entry.uid, maxShortNumber],
    ['gid', entry.gid, maxShortNumber],
    ['size', entry.size, maxLongNumber],
  ] as const) {
    if (BigInt(value) > max) records.set(key, toBytes(String(value)));
  }
  if (!isWholeTime(entry.mtimeNs)) records.set('mtime', toBytes(formatTime(entry.mtimeNs)));
  return records;
}

function isWholeTime(timeNs: bigint): boolean {
  return timeNs >= 0n && timeNs % 1_000_000_000n === 0n && timeNs / 1_000_000_000n <= maxLongNumber;
}

function ifFits(value: bigint, max: bigint): bigint {
  return value < 0n || value > max ? 0n : value;
}

async function* writeBody({ path, size, body }: Entry): AsyncGenerator<Buffer> {
  let left = size;
  for await (const piece of body) {
    left -= piece.length;
    if (left < 0) break;
    yield piece;
  }
  if (left !== 0) throw invalidArchive(`${showName(path)} is not as long as it was said to be`);
  yield padding(size);
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
}

async function* inBatches(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    held.push(piece);
    length += piece.length;
    if (length < batchBytes) continue;
    yield Buffer.concat(held, length);
    held = [];
    length = 0;
  }
  yield Buffer.concat(held, length);
}
