import type { NetlinkRequest } from '../kernel/netlink.js';
import { NLM_F_CREATE, NLM_F_EXCL } from '../kernel/netlink-message.js';
import type { LinkName } from './build-address.js';
import { up, writeLinkHeader, writeNoLinkLocal } from './link.js';
import { encodeMac } from './mac.js';
import { Payload } from './payload.js';
import {
  BR_BOOLOPT_NO_LL_LEARN,
  IFLA_ADDRESS,
  IFLA_BR_FORWARD_DELAY,
  IFLA_BR_MCAST_SNOOPING,
  IFLA_BR_MULTI_BOOLOPT,
  IFLA_BR_STP_STATE,
  IFLA_IFALIAS,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINKINFO,
  IFLA_MTU,
  RTM_DELLINK,
  RTM_NEWLINK,
} from './rtnetlink.js';

/** What a bridge is made with. */
export interface BridgeLink {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly hasIpv6: boolean;
}

/** Makes a bridge that is down, and says whose it is. */
export function buildBridge({ name, owner }: { name: string; owner: string }): NetlinkRequest[] {
  const payload = writeLinkHeader(new Payload(), {}).textAttribute(IFLA_IFNAME, name);
  payload.nest(IFLA_LINKINFO, () => payload.textAttribute(IFLA_INFO_KIND, 'bridge'));
  const flags = NLM_F_CREATE | NLM_F_EXCL;
  return [
    { type: RTM_NEWLINK, flags, payload: payload.done(), action: `make the bridge ${name}` },
    buildAlias(name, owner),
  ];
}

/** The kernel ignores an alias while it makes a link. */
function buildAlias(name: string, owner: string): NetlinkRequest {
  const payload = writeLinkHeader(new Payload(), {})
    .textAttribute(IFLA_IFNAME, name)
    .textAttribute(IFLA_IFALIAS, owner);
  return { type: RTM_NEWLINK, flags: 0, payload: payload.done(), action: `mark the bridge ${name} as ours` };
}

/**
 * Sets a bridge up and brings it up. MAC and MTU are set here rather than when it is made: only then do they stay as
 * they are while ports come and go.
 */
export function buildBridgeSettings({ name, mac, mtu, hasIpv6 }: BridgeLink): NetlinkRequest {
  const payload = writeLinkHeader(new Payload(), up)
    .textAttribute(IFLA_IFNAME, name)
    .bytesAttribute(IFLA_ADDRESS, encodeMac(mac))
    .numberAttribute(IFLA_MTU, mtu);
  payload.nest(IFLA_LINKINFO, () => {
    payload.textAttribute(IFLA_INFO_KIND, 'bridge');
    payload.nest(IFLA_INFO_DATA, () => writeOptions(payload));
  });
  if (hasIpv6) writeNoLinkLocal(payload);
  return { type: RTM_NEWLINK, flags: 0, payload: payload.done(), action: `set up the bridge ${name}` };
}

/** Removes an interface. */
export function buildRemoveLink({ index, name }: LinkName): NetlinkRequest {
  const payload = writeLinkHeader(new Payload(), { index }).done();
  return { type: RTM_DELLINK, flags: 0, payload, action: `remove ${name}` };
}

function writeOptions(payload: Payload): void {
  payload
    .numberAttribute(IFLA_BR_STP_STATE, 0)
    .numberAttribute(IFLA_BR_FORWARD_DELAY, 0)
    // Nobody on the bridge asks for memberships, so the kernel would keep them, and timers, for nothing.
    .byteAttribute(IFLA_BR_MCAST_SNOOPING, 0)
    // A frame to 01:80:c2:00:00:0e passes none of the hooks where senders are checked, and would still teach the
    // bridge that another pod's MAC lives where it came from.
    .numberAttribute(IFLA_BR_MULTI_BOOLOPT, BR_BOOLOPT_NO_LL_LEARN, BR_BOOLOPT_NO_LL_LEARN);
}
