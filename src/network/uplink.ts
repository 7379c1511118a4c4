import type { NetlinkSocket } from '../kernel/netlink.js';
import { dumpRoutes, findLink } from './dump.js';
import type { Link } from './parse-link.js';
import { RT_TABLE_MAIN } from './rtnetlink.js';

/** Ethernet's, for a host that has no way out to ask. */
const usualMtu = 1500;
const largestMtu = 65535;

/** The interface this host reaches the world by: that of the default route, IPv4's first. Throws a SystemError. */
export async function findUplink(socket: NetlinkSocket): Promise<Link | undefined> {
  const index = (await defaultRouteIndex(socket, 4)) ?? (await defaultRouteIndex(socket, 6));
  return index === undefined ? undefined : await findLink(socket, index);
}

/**
 * The MTU pods have unless they are told another, in bytes: the uplink's, so that what they send leaves the host in one
 * piece, also where that is a tunnel. Throws a SystemError.
 */
export async function findDefaultMtu(socket: NetlinkSocket): Promise<number> {
  return Math.min((await findUplink(socket))?.mtu ?? usualMtu, largestMtu);
}

/** The kernel lists routes to one place by their metrics, the one that counts first. */
async function defaultRouteIndex(socket: NetlinkSocket, family: 4 | 6): Promise<number | undefined> {
  const routes = await dumpRoutes(socket, family);
  return routes.find(
    ({ isUnicast, prefixLength, table }) => isUnicast && prefixLength === 0 && table === RT_TABLE_MAIN,
  )?.index;
}
