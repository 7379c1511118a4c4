import { parseAttributes } from '../kernel/netlink-message.js';
import { formatAddress } from './ip-range.js';
import { IFA_ADDRESS, IFA_F_DADFAILED, IFA_F_TENTATIVE, IFA_LOCAL } from './rtnetlink.js';

/** An address of an interface. */
export interface LinkAddress {
  /** Of the interface. */
  readonly index: number;
  readonly address: string;
  readonly prefixLength: number;
  /** Of IPv6, and not to be used yet, or never, because somebody else on the link may have it. */
  readonly isTentative: boolean;
}

/** Reads the payload of an RTM_NEWADDR. */
export function parseAddressMessage(payload: Buffer): LinkAddress {
  const attributes = parseAttributes(payload.subarray(8));
  // The other end's address on a point-to-point link is IFA_ADDRESS, beside our own.
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS) ?? Buffer.alloc(4);
  return {
    index: payload.readUInt32LE(4),
    address: formatAddress(bytes),
    prefixLength: payload.readUInt8(1),
    isTentative: (payload.readUInt8(2) & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) !== 0,
  };
}
