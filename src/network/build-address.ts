import type { NetlinkRequest } from '../kernel/netlink.js';
import { NLM_F_CREATE, NLM_F_REPLACE } from '../kernel/netlink-message.js';
import { encodeAddress, formatRange, type IpRange } from './ip-range.js';
import { Payload } from './payload.js';
import { AF_INET, AF_INET6, IFA_ADDRESS, IFA_F_NODAD, IFA_LOCAL, RTM_NEWADDR } from './rtnetlink.js';

/** The interface a request is about: the index is for the kernel, the name for errors. */
export interface LinkName {
  readonly index: number;
  readonly name: string;
}

/**
 * Gives an interface an address; one it has already stays. An IPv6 address can be used at once: nobody else is given
 * it, so duplicate address detection, which takes a second, is left out.
 */
export function buildAddress(link: LinkName, range: IpRange): NetlinkRequest {
  const bytes = encodeAddress(range.address);
  const isIpv6 = bytes.length === 16;
  const payload = new Payload()
    .u8(isIpv6 ? AF_INET6 : AF_INET, range.prefixLength, isIpv6 ? IFA_F_NODAD : 0, 0)
    .u32(link.index)
    .bytesAttribute(IFA_LOCAL, bytes)
    .bytesAttribute(IFA_ADDRESS, bytes);
  return {
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | NLM_F_REPLACE,
    payload: payload.done(),
    action: `give ${link.name} the address ${formatRange(range)}`,
  };
}
