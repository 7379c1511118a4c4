import { encodeAddress, formatAddress } from './ip-range.js';

/**
 * The MAC address that goes with an address, `0a:58:0a:55:00:02` for `10.85.0.2`: its last four bytes in a locally
 * administered one, so that a MAC belongs to as many interfaces as the address does: one.
 */
export function macOfAddress(address: string): string {
  return formatMac(Buffer.from([0x0a, 0x58, ...encodeAddress(address).subarray(-4)]));
}

/** The bytes of a MAC written `0a:58:0a:55:00:02`. Throws RangeError for text that is none. */
export function encodeMac(text: string): Buffer {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) throw new RangeError(`"${text}" is no MAC address`);
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

/** `0a:58:0a:55:00:02` */
export function formatMac(bytes: Buffer): string {
  return bytes.toString('hex').replace(/..(?=.)/g, '$&:');
}

/**
 * The link-local address an interface with this MAC has: `fe80::858:aff:fe55:2` for `0a:58:0a:55:00:02` (EUI-64,
 * RFC 4291, appendix A), so that it is known without asking.
 */
export function linkLocalAddress(mac: string): string {
  const [first = 0, ...rest] = encodeMac(mac);
  const interfaceId = [first ^ 0x02, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)];
  return formatAddress(Buffer.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...interfaceId]));
}
