import { SocketAddress } from 'node:net';
import { addressBytes } from './dns/address-bytes.js';

/** An address and how many of its leading bits name its network. */
export interface IpRange {
  readonly address: string;
  readonly prefixLength: number;
}

/** An address's 4 or 16 bytes in network order. Throws RangeError for text that is none. */
export function encodeAddress(text: string): Buffer {
  const bytes = addressBytes(text);
  if (bytes === undefined) throw new RangeError(`"${text}" is no IP address`);
  return bytes;
}

/** The textual form of 4 or 16 bytes: `10.85.0.2`, `fd00:85::2`. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? [];
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}

/** `10.85.0.1/16` */
export function formatRange({ address, prefixLength }: IpRange): string {
  return `${address}/${prefixLength}`;
}

/** Whether two ranges share an address: one of them then holds the other. */
export function rangesOverlap(one: IpRange, other: IpRange): boolean {
  const [a, b] = [encodeAddress(one.address), encodeAddress(other.address)];
  return a.length === b.length && isPrefixEqual(a, b, Math.min(one.prefixLength, other.prefixLength));
}

function isPrefixEqual(a: Buffer, b: Buffer, bits: number): boolean {
  return a.every((byte, index) => {
    const own = Math.max(0, Math.min(8, bits - index * 8));
    return (byte ^ (b[index] ?? 0)) >> (8 - own) === 0;
  });
}
