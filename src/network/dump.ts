import { hasCode } from '../errors.js';
import { NETLINK_ROUTE, type NetlinkRequest, NetlinkSocket } from '../kernel/netlink.js';
import { NLM_F_DUMP } from '../kernel/netlink-message.js';
import { writeLinkHeader } from './link.js';
import { type LinkAddress, parseAddressMessage } from './parse-address.js';
import { type Link, parseLinkMessage } from './parse-link.js';
import { parseRouteMessage, type Route } from './parse-route.js';
import { Payload } from './payload.js';
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  IFLA_EXT_MASK,
  IFLA_IFNAME,
  IFLA_MASTER,
  RTEXT_FILTER_SKIP_STATS,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_GETROUTE,
} from './rtnetlink.js';

/** What comes and goes while a long list is read breaks it off; a list that fits one datagram never is. */
const attempts = 20;

export interface LinkFilter {
  /** Only the ports of the bridge with this index. */
  readonly master?: number;
}

/** What one network namespace has. */
export interface NetworkState {
  readonly links: readonly Link[];
  readonly addresses: readonly LinkAddress[];
  /** Those that lead out, of all tables. */
  readonly routes: readonly Route[];
}

/** The interfaces of a namespace. Throws a SystemError. */
export async function dumpLinks(socket: NetlinkSocket, filter: LinkFilter = {}): Promise<Link[]> {
  const payload = beginLinkQuery();
  if (filter.master !== undefined) payload.numberAttribute(IFLA_MASTER, filter.master);
  return (await dump(socket, RTM_GETLINK, payload, 'list interfaces')).map(parseLinkMessage);
}

/** The addresses of all interfaces of a namespace, of both families. Throws a SystemError. */
export async function dumpAddresses(socket: NetlinkSocket): Promise<LinkAddress[]> {
  const payload = new Payload().u8(AF_UNSPEC, 0, 0, 0).u32(0);
  const replies = await dump(socket, RTM_GETADDR, payload, 'list addresses');
  return replies.filter(isIp).map(parseAddressMessage);
}

/** The routes of one family of a namespace, of all tables. Throws a SystemError. */
export async function dumpRoutes(socket: NetlinkSocket, family: 4 | 6): Promise<Route[]> {
  const number = family === 4 ? AF_INET : AF_INET6;
  const payload = new Payload().u8(number, 0, 0, 0, 0, 0, 0, 0).u32(0);
  const replies = await dump(socket, RTM_GETROUTE, payload, 'list routes');
  // A kernel without IPv6 lists the other families' instead.
  return replies.filter((reply) => reply[0] === number).map(parseRouteMessage);
}

/** The interface of that name or index; undefined if there is none. Throws a SystemError. */
export async function findLink(socket: NetlinkSocket, name: string | number): Promise<Link | undefined> {
  const payload = beginLinkQuery(typeof name === 'number' ? name : 0);
  if (typeof name === 'string') payload.textAttribute(IFLA_IFNAME, name);
  const action = `look for the interface ${name}`;
  try {
    const [[reply] = []] = await socket.send([
      { type: RTM_GETLINK, flags: 0, payload: payload.done(), action },
    ]);
    return reply && parseLinkMessage(reply.payload);
  } catch (error) {
    if (hasCode(error, 'ENODEV')) return undefined;
    throw error;
  }
}

/** The interfaces of a root's pods, by what their aliases begin with. Throws a SystemError. */
export async function findPodLinks(socket: NetlinkSocket, owner: string): Promise<Link[]> {
  return (await dumpLinks(socket)).filter(({ alias }) => alias.startsWith(`${owner}/`));
}

/** All there is in the network namespace of a process, or in our own. Throws a SystemError. */
export async function readNetwork(pidfd?: number): Promise<NetworkState> {
  return await withRouteSocket(pidfd, async (socket) => {
    const links = await dumpLinks(socket);
    const addresses = await dumpAddresses(socket);
    const routes = [...(await dumpRoutes(socket, 4)), ...(await dumpRoutes(socket, 6))];
    return { links, addresses, routes: routes.filter(({ isUnicast }) => isUnicast) };
  });
}

/** Lends a socket in the network namespace of a process, or in our own. */
export async function withRouteSocket<T>(
  pidfd: number | undefined,
  work: (socket: NetlinkSocket) => Promise<T>,
): Promise<T> {
  const socket = await NetlinkSocket.open(NETLINK_ROUTE, pidfd);
  try {
    return await work(socket);
  } finally {
    socket.close();
  }
}

async function dump(
  socket: NetlinkSocket,
  type: number,
  payload: Payload,
  action: string,
  left = attempts,
): Promise<Buffer[]> {
  const request: NetlinkRequest = { type, flags: NLM_F_DUMP, payload: payload.done(), action };
  try {
    const [replies = []] = await socket.send([request]);
    return replies.map((reply) => reply.payload);
  } catch (error) {
    if (left > 1 && hasCode(error, 'EINTR')) return await dump(socket, type, payload, action, left - 1);
    throw error;
  }
}

/** Without the counters of IPv6, a quarter of each answer. */
function beginLinkQuery(index = 0): Payload {
  return writeLinkHeader(new Payload(), { index }).numberAttribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

function isIp(payload: Buffer): boolean {
  return payload[0] === AF_INET || payload[0] === AF_INET6;
}
