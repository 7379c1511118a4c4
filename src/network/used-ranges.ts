import type { NetlinkSocket } from '../kernel/netlink.js';
import { dumpAddresses, dumpLinks, dumpRoutes } from './dump.js';
import { encodeAddress, type IpRange } from './ip-range.js';

/** Addresses a host has a use for. */
export interface UsedRange extends IpRange {
  /** Name of the interface. */
  readonly link: string;
}

/**
 * The host's own addresses, each as a range of one, and what its routes lead to, without those of the interface
 * `ownBridge`: what a range for pods must not take. Throws a SystemError.
 */
export async function listUsedRanges(socket: NetlinkSocket, ownBridge: string): Promise<UsedRange[]> {
  const links = await dumpLinks(socket);
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const addresses = (await dumpAddresses(socket)).map(({ index, address }) => {
    return { index, address, prefixLength: encodeAddress(address).length * 8 };
  });
  const routes = [...(await dumpRoutes(socket, 4)), ...(await dumpRoutes(socket, 6))];
  return [...addresses, ...routes.filter(({ isUnicast }) => isUnicast)]
    .map(({ index = 0, address, prefixLength }) => ({ address, prefixLength, link: names.get(index) ?? '' }))
    .filter(({ link }) => link !== ownBridge && link !== '');
}
