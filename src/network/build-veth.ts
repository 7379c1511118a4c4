import { digest } from '../kernel/digest.js';
import type { NetlinkRequest } from '../kernel/netlink.js';
import { NLM_F_CREATE, NLM_F_EXCL } from '../kernel/netlink-message.js';
import type { Attachment } from './attachment.js';
import { type LinkHeader, up, writeLinkHeader, writeNoLinkLocal } from './link.js';
import { encodeMac } from './mac.js';
import { Payload } from './payload.js';
import {
  IFLA_ADDRESS,
  IFLA_BRPORT_GROUP_FWD_MASK,
  IFLA_BRPORT_MODE,
  IFLA_GROUP,
  IFLA_IFALIAS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_INFO_SLAVE_DATA,
  IFLA_INFO_SLAVE_KIND,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_MTU,
  IFLA_NET_NS_FD,
  IFLA_NET_NS_PID,
  IFLA_NUM_RX_QUEUES,
  IFLA_NUM_TX_QUEUES,
  RTM_NEWLINK,
  VETH_INFO_PEER,
} from './rtnetlink.js';

/**
 * The pod's end of the pair. Its index is chosen, so that nobody has to ask for it. Not 2: where modules of tunnels are
 * loaded (ipip, sit, gre), a network namespace is born with interfaces that have 2 and the next few.
 */
export const podLink = { name: 'eth0', index: 100 } as const;

/** What the host's end for a sandbox is called: 15 bytes, the same for no other sandbox of any root. */
export function linkName(sandbox: string): string {
  return `veth${digest(sandbox).slice(0, 11)}`;
}

/** A network namespace as whoever sends a request sees it: of a process, or an open /proc/PID/ns/net; never a pidfd. */
export type NamespaceReference = { readonly pid: number } | { readonly fd: number };

/**
 * Makes the pair, for a socket in the pod's namespace: its end is up, the other one goes to the host's namespace, still
 * down. It is made from this side because the kernel lets only the near end's index be chosen. One queue each way,
 * which is all a veth without XDP uses, makes it a third faster.
 */
export function buildVeth({ link, mac, mtu }: Attachment, host: NamespaceReference): NetlinkRequest {
  const payload = new Payload();
  writeEnd(payload, { index: podLink.index, ...up }, { name: podLink.name, mtu });
  payload.bytesAttribute(IFLA_ADDRESS, encodeMac(mac));
  payload.nest(IFLA_LINKINFO, () => {
    payload.textAttribute(IFLA_INFO_KIND, 'veth');
    payload.nest(IFLA_INFO_DATA, () =>
      payload.nest(VETH_INFO_PEER, () => {
        writeEnd(payload, {}, { name: link, mtu });
        writeNamespace(payload, host);
      }),
    );
  });
  const action = `make the pair of ${podLink.name} and the host's ${link}`;
  return { type: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, payload: payload.done(), action };
}

function writeEnd(payload: Payload, header: LinkHeader, { name, mtu }: { name: string; mtu: number }): void {
  writeLinkHeader(payload, header)
    .textAttribute(IFLA_IFNAME, name)
    .numberAttribute(IFLA_MTU, mtu)
    .numberAttribute(IFLA_NUM_TX_QUEUES, 1)
    .numberAttribute(IFLA_NUM_RX_QUEUES, 1);
}

function writeNamespace(payload: Payload, namespace: NamespaceReference): void {
  if ('pid' in namespace) payload.numberAttribute(IFLA_NET_NS_PID, namespace.pid);
  else payload.numberAttribute(IFLA_NET_NS_FD, namespace.fd);
}

/** Where the host's end goes. */
export interface Port {
  /** Index of the bridge. */
  readonly bridgeIndex: number;
  /** The alias it is found by again: `peapod/<pod uid>`. */
  readonly alias: string;
  /** What the firewall knows it by, see `linkGroup`. */
  readonly group: number;
  /** The kernel has IPv6. */
  readonly hasIpv6: boolean;
}

/** Puts the host's end on the bridge, still down. It needs no address of its own: all it does is to pass frames on. */
export function buildPort(link: string, { bridgeIndex, alias, group, hasIpv6 }: Port): NetlinkRequest {
  const payload = writeLinkHeader(new Payload(), {})
    .textAttribute(IFLA_IFNAME, link)
    .textAttribute(IFLA_IFALIAS, alias)
    .numberAttribute(IFLA_GROUP, group)
    .numberAttribute(IFLA_MASTER, bridgeIndex);
  if (hasIpv6) writeNoLinkLocal(payload);
  return { type: RTM_NEWLINK, flags: 0, payload: payload.done(), action: `put ${link} on the bridge` };
}

/**
 * Frames to 01:80:c2:00:00:00 to 0f, a bit each, without 01, which the kernel always drops. The bridge would give them to
 * the host as they are, past the firewall: IP in them too, with any source, and router advertisements.
 */
const toNeighbouringBridges = 0xfffd;

/**
 * Brings a port up, in hairpin mode: frames may leave by the port they came in by. With br_netfilter the address of a
 * published port is rewritten inside the bridge, and a pod that uses its own is sent back to itself there. What is meant
 * for the next bridge is treated like any other frame.
 */
export function buildPortUp(link: string): NetlinkRequest {
  const payload = writeLinkHeader(new Payload(), up).textAttribute(IFLA_IFNAME, link);
  payload.nest(IFLA_LINKINFO, () => {
    payload.textAttribute(IFLA_INFO_SLAVE_KIND, 'bridge');
    payload.nest(IFLA_INFO_SLAVE_DATA, () =>
      payload
        .byteAttribute(IFLA_BRPORT_MODE, 1)
        .shortAttribute(IFLA_BRPORT_GROUP_FWD_MASK, toNeighbouringBridges),
    );
  });
  return { type: RTM_NEWLINK, flags: 0, payload: payload.done(), action: `set ${link} up` };
}
