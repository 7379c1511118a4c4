import type { PaxRecords } from './pax.js';

/** Records as `parsePax` reads them, in the order of their keys, so that equal records are equal bytes. */
export function encodePax(records: PaxRecords): Buffer {
  const sorted = [...records].sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(sorted.map(([key, value]) => encodeRecord(key, value)));
}

function encodeRecord(key: string, value: Buffer): Buffer {
  const head = Buffer.from(` ${key}=`, 'latin1');
  const rest = head.length + value.length + 1;
  // The length counts its own digits.
  let length = rest + 1;
  while (String(length).length + rest !== length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), head, value, Buffer.from('\n')]);
}

/** Seconds with a fraction, as `parseTime` reads them: exact to the nanosecond. */
export function formatTime(timeNs: bigint): string {
  const [sign, absolute] = timeNs < 0n ? ['-', -timeNs] : ['', timeNs];
  const fraction = String(absolute % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${sign}${absolute / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}

/**
 * The record of an extended attribute: the name as bytes in GNU's and Docker's form. There a name cannot have a "=",
 * which ends the key, so such a one is written as libarchive does, its name escaped and its value in base64.
 */
export function attributeRecord(name: string, value: Buffer): [key: string, value: Buffer] {
  if (!name.includes('=')) return [`SCHILY.xattr.${name}`, value];
  const escaped = name.replace(
    /[^A-Za-z0-9_.-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return [`LIBARCHIVE.xattr.${escaped}`, Buffer.from(value.toString('base64').replace(/=+$/, ''))];
}
