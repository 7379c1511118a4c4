import { isIPv4, isIPv6 } from 'node:net';

/** The 4 or 16 bytes of an address; undefined for any other text, and for one with a zone (`fe80::1%eth0`). */
export function addressBytes(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  return isIPv6(text) && !text.includes('%') ? ipv6Bytes(text) : undefined;
}

/** The parts on both sides of `::` are given, zeros fill the middle. */
function ipv6Bytes(text: string): Buffer {
  const [head = '', tail = ''] = text.split('::');
  const bytes = Buffer.alloc(16);
  const first = groupBytes(head);
  const last = groupBytes(tail);
  bytes.set(first, 0);
  bytes.set(last, 16 - last.length);
  return bytes;
}

function groupBytes(text: string): number[] {
  const groups = text === '' ? [] : text.split(':');
  return groups.flatMap((group) => {
    // The last group may be an IPv4 address: `::ffff:10.85.0.2`.
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
