import type { NetlinkRequest } from '../kernel/netlink.js';

const RTM_NEWLINK = 16;
const IFF_UP = 0x1;

/** struct ifinfomsg of rtnetlink(7): `flags` are set to their value where `change` has a bit. */
interface LinkHeader {
  /** Interface index, from 1; 0 when an attribute names the interface. */
  readonly index: number;
  readonly flags: number;
  readonly change: number;
}

function encodeLinkHeader({ index, flags, change }: LinkHeader): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(index, 4);
  bytes.writeUInt32LE(flags, 8);
  bytes.writeUInt32LE(change, 12);
  return bytes;
}

/** Brings an interface up. */
export function buildLinkUp(index: number, name: string): NetlinkRequest {
  return {
    type: RTM_NEWLINK,
    flags: 0,
    payload: encodeLinkHeader({ index, flags: IFF_UP, change: IFF_UP }),
    action: `set ${name} up`,
  };
}
