import type { NetlinkRequest } from '../kernel/netlink.js';
import { NLM_F_CREATE, NLM_F_REPLACE } from '../kernel/netlink-message.js';
import type { LinkName } from './build-address.js';
import { encodeAddress } from './ip-range.js';
import { Payload } from './payload.js';
import {
  AF_INET,
  AF_INET6,
  RT_TABLE_MAIN,
  RTA_GATEWAY,
  RTA_OIF,
  RTM_NEWROUTE,
  RTN_UNICAST,
  RTPROT_BOOT,
} from './rtnetlink.js';

/** The route of a family to everywhere. Its gateway must be in the range of an address the interface has. */
export function buildDefaultRoute(link: LinkName, gateway: string): NetlinkRequest {
  const bytes = encodeAddress(gateway);
  const payload = new Payload()
    .u8(bytes.length === 16 ? AF_INET6 : AF_INET, 0, 0, 0, RT_TABLE_MAIN, RTPROT_BOOT, 0, RTN_UNICAST)
    .u32(0)
    .bytesAttribute(RTA_GATEWAY, bytes)
    .numberAttribute(RTA_OIF, link.index);
  return {
    type: RTM_NEWROUTE,
    flags: NLM_F_CREATE | NLM_F_REPLACE,
    payload: payload.done(),
    action: `route everything from ${link.name} to ${gateway}`,
  };
}
