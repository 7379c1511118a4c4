import { macs, sources4, sources6 } from './firewall-sets.js';
import { linkGroup } from './link-group.js';
import { accept, count, drop, goTo, hasBit, is, isIn, isNotIn, rule, type Words } from './nft/match.js';
import { NFPROTO_BRIDGE } from './nft/numbers.js';
import type { Chain, Table } from './nft/table.js';

// enum nf_br_hooks and enum nf_br_hook_priorities.
const prerouting = 0;
const forward = 2;
/** Before br_netfilter (0) calls the inet hooks, and before the bridge learns where a MAC is. */
const earliestPriority = -300;
const filterPriority = -200;

// Protocols, ports and ICMPv6 types of the IANA registries.
const udp = 17;
const icmpv6 = 58;
const dhcpServer = 67;
const dhcp6Server = 547;
const listenerReport = 131;
const routerAdvertisement = 134;
const neighbourSolicitation = 135;
const neighbourAdvertisement = 136;
const redirect = 137;
const listenerReport2 = 143;

const ipv4 = is('ether type', 0x0800);
const arp = is('ether type', 0x0806);
const ipv6 = is('ether type', 0x86dd);
const toGroup = hasBit('ether daddr', '01:00:00:00:00:00');
const isForeignMac = isNotIn('macs', 'iifname', 'ether saddr');

/**
 * The table that lets a pod send as itself only. An address counts together with the MAC and the link it belongs to: one
 * lookup for most frames. Whatever is neither IPv4, IPv6 nor ARP is dropped: a pod has no use for VLAN tags, spanning
 * trees or other protocols. A link of ours that is in no set (what is in a pod's namespace may outlive the pod) sends nothing
 * at all.
 */
export function buildSourceTable(name: string): Table {
  return {
    family: NFPROTO_BRIDGE,
    name,
    counters: [
      'spoofed-mac',
      'spoofed-ipv4',
      'spoofed-arp',
      'spoofed-ipv6',
      'spoofed-neighbour',
      'router-advertisement',
      'icmp-redirect',
      'dhcp',
      'ethertype',
    ],
    sets: [macs, sources4, sources6],
    chains: [
      buildEntry(linkGroup(name)),
      reflections,
      ofPod,
      ofIpv4,
      ofArp,
      ofIpv6,
      ofIcmpv6,
      beforeAddress,
      ...spoofed,
    ],
  };
}

/** Frames of other bridges and ports are not looked into. */
function buildEntry(group: number): Chain {
  return {
    name: 'prerouting',
    hook: { type: 'filter', number: prerouting, priority: earliestPriority },
    rules: [rule(is('iifgroup', group), goTo('pod'))],
  };
}

/**
 * A port in hairpin mode gives its pod back what that sends to a group or to all, and the pod would find its own address
 * taken. Nothing else that leaves by its link has its MAC as the source.
 */
const reflections: Chain = {
  name: 'forward',
  hook: { type: 'filter', number: forward, priority: filterPriority },
  rules: [rule(toGroup, isIn('macs', 'oifname', 'ether saddr'), drop)],
};

const ofPod: Chain = {
  name: 'pod',
  rules: [
    rule(ipv4, goTo('pod-ipv4')),
    rule(ipv6, goTo('pod-ipv6')),
    rule(arp, goTo('pod-arp')),
    rule(count('ethertype'), drop),
  ],
};

const ofIpv4: Chain = {
  name: 'pod-ipv4',
  rules: [
    rule(ipv4, isNotIn('sources4', 'iifname', 'ether saddr', 'ip saddr'), goTo('spoofed-ipv4')),
    rule(is('meta l4proto', udp), is('th sport', dhcpServer), count('dhcp'), drop),
  ],
};

const ofArp: Chain = {
  name: 'pod-arp',
  rules: [
    rule(isForeignMac, count('spoofed-mac'), drop),
    rule(arp, isIn('sources4', 'iifname', 'arp saddr ether', 'arp saddr ip'), accept),
    // A probe (RFC 5227) comes before there is an address.
    rule(arp, is('arp saddr ip', '0.0.0.0'), isIn('macs', 'iifname', 'arp saddr ether'), accept),
    rule(count('spoofed-arp'), drop),
  ],
};

const ofIpv6: Chain = {
  name: 'pod-ipv6',
  rules: [
    rule(is('meta l4proto', icmpv6), goTo('pod-icmpv6')),
    rule(ipv6, isNotIn('sources6', 'iifname', 'ether saddr', 'ip6 saddr'), goTo('spoofed-ipv6')),
    rule(is('meta l4proto', udp), is('th sport', dhcp6Server), count('dhcp'), drop),
  ],
};

const ofIcmpv6: Chain = {
  name: 'pod-icmpv6',
  rules: [
    rule(isType(routerAdvertisement), count('router-advertisement'), drop),
    rule(isType(redirect), count('icmp-redirect'), drop),
    rule(
      isType(neighbourAdvertisement),
      isNotIn('sources6', 'iifname', 'ether saddr', 'icmpv6 taddr'),
      count('spoofed-neighbour'),
      drop,
    ),
    rule(ipv6, is('ip6 saddr', '::'), goTo('unspecified')),
    rule(ipv6, isNotIn('sources6', 'iifname', 'ether saddr', 'ip6 saddr'), goTo('spoofed-ipv6')),
  ],
};

/** Without an address a pod asks whether somebody else has the one it is to have (RFC 4862), and joins groups for that. */
const beforeAddress: Chain = {
  name: 'unspecified',
  rules: [
    rule(isForeignMac, count('spoofed-mac'), drop),
    rule(isType(neighbourSolicitation), isIn('sources6', 'iifname', 'ether saddr', 'icmpv6 taddr'), accept),
    rule(isType(listenerReport2), accept),
    rule(isType(listenerReport), accept),
    rule(count('spoofed-ipv6'), drop),
  ],
};

/** Where it is told whether the MAC is wrong, too. */
const spoofed: readonly Chain[] = ['spoofed-ipv4', 'spoofed-ipv6'].map((name) => ({
  name,
  rules: [rule(isForeignMac, count('spoofed-mac'), drop), rule(count(name), drop)],
}));

function isType(type: number): Words {
  return rule(is('meta l4proto', icmpv6), is('icmpv6 type', type));
}
