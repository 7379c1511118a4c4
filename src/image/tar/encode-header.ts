import { toBytes } from '../entry.js';
import { blockSize, type Header } from './header.js';

/** Bytes of the fields for a name and for a link's target. */
export const maxHeaderName = 100;

/** The largest numbers that octal digits hold: of a mode, an id or a device, and of a size or a time. */
export const maxShortNumber = 0o7777777n;
export const maxLongNumber = 0o77777777777n;

/**
 * A header block in the ustar format; `parseHeader` reads it back equal. What does not fit its field is to be said in
 * pax records: a name is cut off here, and a number out of range throws.
 */
export function encodeHeader(header: Header): Buffer {
  const block = Buffer.alloc(blockSize);
  toBytes(header.name).copy(block, 0, 0, maxHeaderName);
  block.write(octal(header.mode, 7), 100);
  block.write(octal(header.uid, 7), 108);
  block.write(octal(header.gid, 7), 116);
  block.write(octal(header.size, 11), 124);
  block.write(octal(header.mtime, 11), 136);
  block.write(header.typeFlag, 156, 'latin1');
  toBytes(header.linkName).copy(block, 157, 0, maxHeaderName);
  block.write('ustar\x0000', 257, 'latin1');
  block.write(octal(header.major, 7), 329);
  block.write(octal(header.minor, 7), 337);
  return withChecksum(block);
}

/** The sum of all bytes, its own field taken for spaces. */
function withChecksum(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(BigInt(sum), 6)}\0 `, 148, 'latin1');
  return block;
}

function octal(value: bigint, digits: number): string {
  const text = value.toString(8).padStart(digits, '0');
  if (value < 0n || text.length > digits) throw new RangeError(`${value} does not fit into a tar header`);
  return text;
}
