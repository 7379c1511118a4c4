import { invalidArchive } from './invalid.js';
import { parseNumber } from './numbers.js';

export const blockSize = 512;

/** A tar header's own fields, before pax records and GNU's long names are laid over them. Names are binary strings. */
export interface Header {
  readonly name: string;
  readonly mode: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly size: bigint;
  /** Seconds since 1970. */
  readonly mtime: bigint;
  /** One character: '0' a file, '5' a directory, 'x' pax records… */
  readonly typeFlag: string;
  readonly linkName: string;
  readonly major: bigint;
  readonly minor: bigint;
}

/** True for the block of zeros that ends an archive. */
export function isZeroBlock(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** Reads a header block in any of the old, ustar and GNU formats. Throws if its checksum is wrong. */
export function parseHeader(block: Buffer): Header {
  checkSum(block);
  return {
    name: readName(block),
    mode: parseNumber(block.subarray(100, 108)),
    uid: parseNumber(block.subarray(108, 116)),
    gid: parseNumber(block.subarray(116, 124)),
    size: parseNumber(block.subarray(124, 136)),
    mtime: parseNumber(block.subarray(136, 148)),
    typeFlag: block.toString('latin1', 156, 157),
    linkName: readString(block.subarray(157, 257)),
    ...readDevice(block),
  };
}

/** Old archives have anything there, so only the two known formats are read. */
function readDevice(block: Buffer): { major: bigint; minor: bigint } {
  if (block.toString('latin1', 257, 262) !== 'ustar') return { major: 0n, minor: 0n };
  return { major: parseNumber(block.subarray(329, 337)), minor: parseNumber(block.subarray(337, 345)) };
}

/** Only POSIX's ustar has a prefix; GNU's format keeps times in its place. */
function readName(block: Buffer): string {
  const name = readString(block.subarray(0, 100));
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? readString(block.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function readString(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? field.length : end);
}

/** Some old programs summed the bytes as signed ones; both sums are accepted, as GNU tar does. */
function checkSum(block: Buffer): void {
  const expected = parseNumber(block.subarray(148, 156));
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < blockSize; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  if (expected !== BigInt(unsigned) && expected !== BigInt(signed)) {
    throw invalidArchive('a header has a wrong checksum', {
      hint: 'An image is imported from a directory, or from a tar archive, plain or compressed with gzip.',
    });
  }
}
