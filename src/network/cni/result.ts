import { isIP } from 'node:net';
import type { PodAddress } from '../attachment.js';
import { isObject, type JsonObject } from './network-list.js';

/** An address that a plugin gave a pod. Unlike on our bridge, there need not be a gateway. */
export type CniAddress = Omit<PodAddress, 'gateway'> & { readonly gateway: string | undefined };

/**
 * The pod's own addresses of a result, IPv4 first; those of the host's ends of links are left out. Undefined for what
 * is no result.
 */
export function readAddresses(result: JsonObject): CniAddress[] | undefined {
  const { ips = [], interfaces = [] } = result;
  if (!Array.isArray(ips) || !Array.isArray(interfaces)) return undefined;
  const own = ips.filter((entry: unknown) => !isOfHost(entry, interfaces));
  const addresses = own.map(readAddress);
  if (!addresses.every((address) => address !== undefined)) return undefined;
  return addresses.sort((one, other) => one.family - other.family);
}

function isOfHost(entry: unknown, interfaces: readonly unknown[]): boolean {
  const index = isObject(entry) ? entry.interface : undefined;
  const link = typeof index === 'number' ? interfaces[index] : undefined;
  return isObject(link) && (link.sandbox === undefined || link.sandbox === '');
}

function readAddress(entry: unknown): CniAddress | undefined {
  if (!isObject(entry) || typeof entry.address !== 'string') return undefined;
  const [address = '', prefix = ''] = entry.address.split('/');
  const family = isIP(address);
  const prefixLength = Number(prefix);
  const isLength = /^\d{1,3}$/.test(prefix) && prefixLength <= (family === 4 ? 32 : 128);
  if ((family !== 4 && family !== 6) || !isLength) return undefined;
  const gateway = typeof entry.gateway === 'string' && isIP(entry.gateway) !== 0 ? entry.gateway : undefined;
  return { family, address, prefixLength, gateway };
}
