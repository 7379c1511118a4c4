import { invalidArchive } from './invalid.js';

/** Pax records by key; the values are bytes. */
export type PaxRecords = Map<string, Buffer>;

/**
 * Reads records of the form `<length> <key>=<value>\n`, the length in decimal and counting the whole record. The value
 * is taken by its length, never searched for an end: attribute values are binary.
 */
export function parsePax(data: Buffer): PaxRecords {
  const records: PaxRecords = new Map();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const length =
      space < 0 ? Number.NaN : parseLength(data.toString('latin1', at, Math.min(space, at + 20)));
    const record = data.subarray(at, at + length);
    const equals = record.indexOf(0x3d);
    if (!(length <= data.length - at) || record.at(-1) !== 0x0a || equals < space - at + 2) {
      throw invalidArchive('a pax record is malformed');
    }
    records.set(record.toString('latin1', space - at + 1, equals), record.subarray(equals + 1, -1));
    at += length;
  }
  return records;
}

function parseLength(digits: string): number {
  return /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : Number.NaN;
}

/** `over` laid over `base`; an empty value takes the key away, as POSIX says. */
export function mergePax(base: PaxRecords, over: PaxRecords): PaxRecords {
  const merged = new Map([...base, ...over]);
  for (const [key, value] of merged)
    if (value.length === 0 && !key.startsWith(attributePrefix) && !key.startsWith(libarchivePrefix))
      merged.delete(key);
  return merged;
}

const attributePrefix = 'SCHILY.xattr.';
const libarchivePrefix = 'LIBARCHIVE.xattr.';

/**
 * The extended attributes among the records, as GNU tar and Docker write them, and as libarchive does, which writes both
 * forms of each that are the same.
 */
export function paxAttributes(records: PaxRecords): Map<string, Buffer> {
  const attributes = new Map<string, Buffer>();
  for (const [key, value] of records) {
    if (key.startsWith(attributePrefix)) attributes.set(key.slice(attributePrefix.length), value);
    else if (key.startsWith(libarchivePrefix)) addEncoded(attributes, [key, value], records);
  }
  return attributes;
}

/** The name has `%` and two hex digits for what is no plain text, the value is in base64. */
function addEncoded(
  attributes: Map<string, Buffer>,
  [key, value]: [string, Buffer],
  records: PaxRecords,
): void {
  const name = key
    .slice(libarchivePrefix.length)
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  if (!records.has(attributePrefix + name)) {
    attributes.set(name, Buffer.from(value.toString('latin1'), 'base64'));
  }
}
