import type { NetlinkRequest } from '../kernel/netlink.js';
import type { Attachment } from './attachment.js';
import { buildAddress } from './build-address.js';
import { buildDefaultRoute } from './build-route.js';
import { buildPort, buildPortUp, buildVeth, type NamespaceReference, podLink } from './build-veth.js';
import { buildLinkUp, buildNoLinkLocal, loopbackIndex } from './link.js';
import { linkGroup } from './link-group.js';
import { linkLocalAddress } from './mac.js';

/** A bridge that is there, as those who attach pods to it need to know it. */
export interface Bridge {
  readonly name: string;
  readonly index: number;
  /** Name of the root it belongs to; `<owner>/<pod uid>` is the alias of its ports. */
  readonly owner: string;
  /** The kernel has IPv6, whether or not pods have addresses of it. */
  readonly hasIpv6: boolean;
}

/** What a pod's requests depend on besides its attachment. */
export interface PodRequestOptions {
  /** The bridge's namespace, as whoever sends the requests sees it. */
  readonly host: NamespaceReference;
  readonly hasIpv6: boolean;
}

/** Alias of the host's end of a pod's pair. */
export function linkAlias(owner: string, podUid: string): string {
  return `${owner}/${podUid}`;
}

/**
 * What makes a pod's network, to be sent first, in the pod's namespace, as one batch: the pair, `lo`, addresses and
 * routes. Throws RangeError for an attachment whose addresses are none.
 */
export function buildPodRequests(
  attachment: Attachment,
  { host, hasIpv6 }: PodRequestOptions,
): NetlinkRequest[] {
  return [
    buildVeth(attachment, host),
    // Before the host's end is up, which is when the kernel would make an address of its own.
    ...(hasIpv6 ? [buildNoLinkLocal(podLink)] : []),
    buildLinkUp(loopbackIndex, 'lo'),
    ...buildPodAddresses(attachment),
    ...attachment.addresses.map(({ gateway }) => buildDefaultRoute(podLink, gateway)),
  ];
}

/** What hangs it on the bridge, to be sent thereafter, in the bridge's namespace, as one batch. */
export function buildHostRequests(
  { link, podUid }: Attachment,
  bridge: Bridge,
): [NetlinkRequest, NetlinkRequest] {
  const alias = linkAlias(bridge.owner, podUid);
  const group = linkGroup(bridge.owner);
  const port = { bridgeIndex: bridge.index, alias, group, hasIpv6: bridge.hasIpv6 };
  return [buildPort(link, port), buildPortUp(link)];
}

function buildPodAddresses({ addresses, mac }: Attachment): NetlinkRequest[] {
  const own = addresses.map((address) => buildAddress(podLink, address));
  if (!addresses.some(({ family }) => family === 6)) return own;
  return [buildAddress(podLink, { address: linkLocalAddress(mac), prefixLength: 64 }), ...own];
}
