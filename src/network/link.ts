import type { NetlinkRequest } from '../kernel/netlink.js';
import { Payload } from './payload.js';
import {
  AF_INET6,
  AF_UNSPEC,
  IFF_UP,
  IFLA_AF_SPEC,
  IFLA_INET6_ADDR_GEN_MODE,
  IN6_ADDR_GEN_MODE_NONE,
  RTM_NEWLINK,
} from './rtnetlink.js';

/** The loopback interface is the first of every network namespace. */
export const loopbackIndex = 1;

/** struct ifinfomsg of rtnetlink(7): `flags` are set to their value where `change` has a bit. */
export interface LinkHeader {
  /** Interface index, from 1; 0 when an attribute names the interface, or the kernel is to choose. */
  readonly index?: number;
  readonly flags?: number;
  readonly change?: number;
}

/** Header fields that bring an interface up. */
export const up = { flags: IFF_UP, change: IFF_UP } as const;

export function writeLinkHeader(payload: Payload, { index = 0, flags = 0, change = 0 }: LinkHeader): Payload {
  return payload.u32(AF_UNSPEC, index, flags, change);
}

/** Brings an interface up. */
export function buildLinkUp(index: number, name: string): NetlinkRequest {
  const payload = writeLinkHeader(new Payload(), { index, ...up }).done();
  return { type: RTM_NEWLINK, flags: 0, payload, action: `set ${name} up` };
}

/**
 * Leaves an interface without the IPv6 address the kernel gives each one that comes up: the duplicate address detection
 * of it takes a second. EAFNOSUPPORT on a kernel without IPv6.
 */
export function buildNoLinkLocal({ index, name }: { index: number; name: string }): NetlinkRequest {
  const payload = writeNoLinkLocal(writeLinkHeader(new Payload(), { index })).done();
  return { type: RTM_NEWLINK, flags: 0, payload, action: `leave ${name} without addresses of its own` };
}

/** The same as part of a longer request. It takes effect after the flags of the header. */
export function writeNoLinkLocal(payload: Payload): Payload {
  return payload.nest(IFLA_AF_SPEC, () =>
    payload.nest(AF_INET6, () => payload.byteAttribute(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE)),
  );
}
