import { hasCode } from '../errors.js';
import { binding } from '../native/binding.js';

export type InetProtocol = 'TCP' | 'UDP' | 'SCTP';

/** IPPROTO_ numbers of ip(7). */
export const inetProtocols: Readonly<Record<InetProtocol, number>> = { TCP: 6, UDP: 17, SCTP: 132 };

/** Where a socket is bound. */
export interface InetEndpoint {
  readonly protocol: InetProtocol;
  /** Of either family; absent is every one of both. */
  readonly address?: string | undefined;
  /** 1 to 65535. */
  readonly port: number;
}

/**
 * Binds a socket that nobody will ever talk to, so that no other socket can be bound there, and this one only where none
 * is: no address is shared. Whoever sends something there is refused, as where nobody listens.
 *
 * With `besideConnections`, connections that were accepted there before, or have just ended, are no hindrance; sockets
 * that listen still are.
 *
 * @returns the descriptor, the caller's to close. Throws EADDRINUSE, EADDRNOTAVAIL, and EPROTONOSUPPORT,
 * ESOCKTNOSUPPORT or EAFNOSUPPORT for what the kernel lacks.
 */
export function reserveEndpoint(endpoint: InetEndpoint, { besideConnections = false } = {}): number {
  const { protocol, address, port } = endpoint;
  const options = { v6Only: address !== undefined, reuse: besideConnections, deaf: protocol === 'UDP' };
  const bind = (text: string) => binding().bindInet(inetProtocols[protocol], text, port, options);
  if (address !== undefined) return bind(address);
  try {
    return bind('::');
  } catch (error) {
    // A kernel without IPv6.
    if (hasCode(error, 'EAFNOSUPPORT')) return bind('0.0.0.0');
    throw error;
  }
}
