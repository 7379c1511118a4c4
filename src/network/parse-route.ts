import { parseAttributes } from '../kernel/netlink-message.js';
import { formatAddress } from './ip-range.js';
import {
  AF_INET6,
  RTA_DST,
  RTA_GATEWAY,
  RTA_MULTIPATH,
  RTA_OIF,
  RTA_PRIORITY,
  RTA_TABLE,
  RTN_UNICAST,
} from './rtnetlink.js';

/** A route of any table. */
export interface Route {
  readonly family: 4 | 6;
  /** Where it leads: `10.85.0.0`; `0.0.0.0` or `::` with prefix length 0 is everywhere. */
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string | undefined;
  /** Index of the interface it goes out by; of a route with several, the first. */
  readonly index: number | undefined;
  /** RT_TABLE_ number: 254 is the main one, 255 that of local addresses. */
  readonly table: number;
  /** Of two routes to one place the lower one counts. */
  readonly metric: number;
  /** It leads out, rather than to this host itself or nowhere. */
  readonly isUnicast: boolean;
}

/** Reads the payload of an RTM_NEWROUTE. */
export function parseRouteMessage(payload: Buffer): Route {
  const attributes = parseAttributes(payload.subarray(12));
  const number = (type: number) => attributes.get(type)?.readUInt32LE(0);
  const isIpv6 = payload.readUInt8(0) === AF_INET6;
  const gateway = attributes.get(RTA_GATEWAY);
  return {
    family: isIpv6 ? 6 : 4,
    address: formatAddress(attributes.get(RTA_DST) ?? Buffer.alloc(isIpv6 ? 16 : 4)),
    prefixLength: payload.readUInt8(1),
    gateway: gateway && formatAddress(gateway),
    index: number(RTA_OIF) ?? firstHop(attributes.get(RTA_MULTIPATH)),
    table: number(RTA_TABLE) ?? payload.readUInt8(4),
    metric: number(RTA_PRIORITY) ?? 0,
    isUnicast: payload.readUInt8(7) === RTN_UNICAST,
  };
}

/** The index in the first struct rtnexthop. */
function firstHop(hops: Buffer | undefined): number | undefined {
  return hops && hops.length >= 8 ? hops.readInt32LE(4) : undefined;
}
