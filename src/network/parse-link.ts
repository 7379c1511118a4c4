import { parseAttributes } from '../kernel/netlink-message.js';
import { formatMac } from './mac.js';
import {
  IFF_UP,
  IFLA_ADDRESS,
  IFLA_IFALIAS,
  IFLA_IFNAME,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINK_NETNSID,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_STATS64,
} from './rtnetlink.js';

/** An interface as the kernel tells of it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** `veth`, `bridge`, `dummy`; undefined for hardware and `lo`. */
  readonly kind: string | undefined;
  /** The text somebody gave it, or ''. */
  readonly alias: string;
  /** Index of the bridge or bond it is a port of. */
  readonly master: number | undefined;
  /** Index of a veth's other end, in the namespace it lives in; of a VLAN's carrier. */
  readonly peer: number | undefined;
  /** Our namespace's id for the namespace the peer lives in; undefined if it is ours. */
  readonly peerNamespaceId: number | undefined;
  /** In bytes. */
  readonly mtu: number;
  /** `0a:58:0a:55:00:02`; '' for an interface without. */
  readonly mac: string;
  readonly isUp: boolean;
  readonly stats: LinkStats | undefined;
}

/** Counters from the interface's own view, since it was made. */
export interface LinkStats {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  readonly rxDropped: number;
  readonly txDropped: number;
}

/** Reads the payload of an RTM_NEWLINK. */
export function parseLinkMessage(payload: Buffer): Link {
  const attributes = parseAttributes(payload.subarray(16));
  const number = (type: number) => attributes.get(type)?.readInt32LE(0);
  return {
    index: payload.readInt32LE(4),
    name: parseText(attributes.get(IFLA_IFNAME)),
    kind: parseKind(attributes.get(IFLA_LINKINFO)),
    alias: parseText(attributes.get(IFLA_IFALIAS)),
    master: number(IFLA_MASTER),
    peer: number(IFLA_LINK),
    peerNamespaceId: number(IFLA_LINK_NETNSID),
    mtu: number(IFLA_MTU) ?? 0,
    mac: formatMac(attributes.get(IFLA_ADDRESS) ?? Buffer.alloc(0)),
    isUp: (payload.readUInt32LE(8) & IFF_UP) !== 0,
    stats: parseStats(attributes.get(IFLA_STATS64)),
  };
}

function parseText(bytes: Buffer | undefined): string {
  return bytes?.toString('utf8').replace(/\0.*$/s, '') ?? '';
}

function parseKind(linkInfo: Buffer | undefined): string | undefined {
  return linkInfo && (parseText(parseAttributes(linkInfo).get(IFLA_INFO_KIND)) || undefined);
}

/** struct rtnl_link_stats64 begins with these, in this order. */
function parseStats(bytes: Buffer | undefined): LinkStats | undefined {
  if (bytes === undefined) return undefined;
  const counter = (index: number) => Number(bytes.readBigUInt64LE(index * 8));
  return {
    rxPackets: counter(0),
    txPackets: counter(1),
    rxBytes: counter(2),
    txBytes: counter(3),
    rxErrors: counter(4),
    txErrors: counter(5),
    rxDropped: counter(6),
    txDropped: counter(7),
  };
}
