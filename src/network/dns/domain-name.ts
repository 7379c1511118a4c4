/** RFC 1035 2.3.4: with the length bytes and the root's. */
const longestName = 255;
const longestLabel = 63;

export interface ReadName {
  /** Lower case, without the final dot; empty for the root. What is neither a letter, digit, `-` nor `_` is `\123`. */
  readonly name: string;
  /** Where it ended. */
  readonly end: number;
}

/**
 * Reads the name of a question. A pointer is not taken: there is nothing before a question it could point to.
 *
 * @returns undefined when it is none.
 */
export function readName(packet: Buffer, start: number): ReadName | undefined {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = packet[at];
    if (length === undefined || length > longestLabel) return undefined;
    at += 1;
    if (length === 0) return { name: labels.join('.'), end: at };
    if (at + length > packet.length || at + length - start >= longestName) return undefined;
    labels.push(readLabel(packet, at, at + length));
    at += length;
  }
}

/** Where a name ends that may be compressed; undefined when it does not. Pointers are not followed. */
export function skipName(packet: Buffer, start: number): number | undefined {
  let at = start;
  while (at - start < longestName) {
    const length = packet[at];
    if (length === undefined) return undefined;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > longestLabel) return undefined;
    at += 1 + length;
  }
  return undefined;
}

/** The bytes of a name, uncompressed. The caller knows it to be one: labels of 1 to 63 plain characters. */
export function encodeName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.');
  const parts = labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]);
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** Whether a name can be asked for at all. */
export function isEncodable(name: string): boolean {
  const labels = name.split('.');
  return (
    name.length + 2 <= longestName && labels.every((label) => label !== '' && label.length <= longestLabel)
  );
}

/** A label may hold any byte, even a dot, which must not look like the one between labels. */
function readLabel(packet: Buffer, start: number, end: number): string {
  const text = packet.toString('latin1', start, end).toLowerCase();
  return /^[a-z\d_-]+$/.test(text) ? text : text.replace(/[^a-z\d_-]/g, escapeByte);
}

function escapeByte(character: string): string {
  return `\\${character.charCodeAt(0).toString().padStart(3, '0')}`;
}
