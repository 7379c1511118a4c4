import { isIP, SocketAddress } from 'node:net';

/** An address of either family, without a zone. */
export function isHostIp(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

/**
 * The address a port is published on in its one textual form, `fd00::1` for `FD00:0::1`; undefined for an empty text
 * as for none, which both are every address of the host. The text must be an address or empty.
 */
export function normalizeHostIp(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const family = isIP(text) === 6 ? 'ipv6' : 'ipv4';
  return new SocketAddress({ address: text, family }).address;
}
