import { closeSync } from 'node:fs';
import { hasCode } from '../errors.js';
import { type InetEndpoint, reserveEndpoint } from '../kernel/inet-socket.js';
import { listSocketsAt } from '../kernel/inet-table.js';
import type { PublishedPort } from './attachment.js';
import { addressBytes } from './dns/address-bytes.js';
import { formatAddress, rangesOverlap } from './ip-range.js';
import { notLocal, portError } from './port-error.js';

/** Addresses that name no single host, though a socket could be bound to them. */
const groups = [
  { address: '224.0.0.0', prefixLength: 4 },
  { address: '255.255.255.255', prefixLength: 32 },
  { address: 'ff00::', prefixLength: 8 },
];

/**
 * The port with its address in the one usual form, so that equal ones look alike. Throws PEAPOD_USAGE for what is no
 * port or address, and PEAPOD_UNSUPPORTED for a link-local address: it would take the name of a link, too.
 */
export function normalizePort(port: PublishedPort): PublishedPort {
  const { hostPort, hostIP } = port;
  if (!Number.isInteger(hostPort) || hostPort < 1 || hostPort > 65535)
    throw portError(port, 'it is not from 1 to 65535', { code: 'PEAPOD_USAGE' });
  if (hostIP === undefined) return port;
  const bytes = addressBytes(hostIP);
  if (bytes === undefined) throw portError(port, `${hostIP} is no address`, { code: 'PEAPOD_USAGE' });
  const address = formatAddress(bytes);
  if (rangesOverlap({ address, prefixLength: 8 * bytes.length }, { address: 'fe80::', prefixLength: 10 }))
    throw portError(port, 'a link-local address cannot be published on', { code: 'PEAPOD_UNSUPPORTED' });
  return { ...port, hostIP: address };
}

/** Binds the socket that keeps a port: the caller's to close. Throws what `reserveEndpoint` throws. */
export function reservePort(port: PublishedPort): number {
  const endpoint = endpointOf(port);
  if (isGroup(endpoint.address)) throw notLocal(port);
  return reserveEndpoint(endpoint);
}

/** Whether nobody has it, as far as `reservePort` tells. */
export function isFree(port: PublishedPort): boolean {
  try {
    closeSync(reservePort(normalizePort(port)));
    return true;
  } catch (error) {
    return !hasCode(error, 'EADDRINUSE');
  }
}

/**
 * As `reservePort`, for a port that only connections are in the way of: those to a server that was stopped keep its port
 * for a minute, and go on undisturbed. Undefined if something else is.
 */
export function reserveBesideConnections(port: PublishedPort): number | undefined {
  const endpoint = endpointOf(port);
  if (!hasOnlyConnections(endpoint)) return undefined;
  try {
    return reserveEndpoint(endpoint, { besideConnections: true });
  } catch (error) {
    if (hasCode(error, 'EADDRINUSE')) return undefined;
    throw error;
  }
}

function endpointOf({ protocol, hostIP: address, hostPort: port }: PublishedPort): InetEndpoint {
  return { protocol, address, port };
}

function hasOnlyConnections(endpoint: InetEndpoint): boolean {
  if (endpoint.protocol !== 'TCP') return false;
  const sockets = listSocketsAt(endpoint);
  return sockets.length > 0 && sockets.every(({ isListening }) => !isListening);
}

function isGroup(address: string | undefined): boolean {
  if (address === undefined) return false;
  const prefixLength = address.includes(':') ? 128 : 32;
  return groups.some((group) => rangesOverlap(group, { address, prefixLength }));
}
