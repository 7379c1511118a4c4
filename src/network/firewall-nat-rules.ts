import type { FirewallOptions, FirewallRange } from './firewall-rules.js';
import { addressPorts4, addressPorts6, ports4, ports6 } from './firewall-sets.js';
import { linkGroup } from './link-group.js';
import {
  count,
  drop,
  goTo,
  hasBit,
  is,
  isNot,
  isWithin,
  leave,
  mapTo,
  masquerade,
  rule,
  translateTo,
  type Words,
} from './nft/match.js';
import { IPS_DST_NAT, NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6, RTN_LOCAL } from './nft/numbers.js';
import type { Chain, Table } from './nft/table.js';

// enum nf_inet_hooks and enum nf_ip_hook_priorities.
const prerouting = 0;
const output = 3;
const postrouting = 4;
const rawPriority = -300;
const destinationPriority = -100;
const sourcePriority = 100;

const loopback = '127.0.0.0/8';
const ipv4 = is('meta nfproto', NFPROTO_IPV4);
const ipv6 = is('meta nfproto', NFPROTO_IPV6);

/** The table that leads published ports to pods, and hides pods' addresses from other networks. */
export function buildNatTable({ name, bridge, ranges }: FirewallOptions): Table {
  return {
    family: NFPROTO_INET,
    name,
    counters: ['published', 'masqueraded', 'hairpin', 'loopback', 'martian'],
    sets: [ports4, ports6, addressPorts4, addressPorts6],
    chains: [
      published4,
      published6,
      buildMartians(bridge, linkGroup(name)),
      fromOthers,
      fromThisHost,
      buildSources(bridge, ranges),
    ],
  };
}

const toPod4 = rule(count('published'), translateTo(NFPROTO_IPV4, 'ipv4_addr'));
const toPod6 = rule(count('published'), translateTo(NFPROTO_IPV6, 'ipv6_addr'));

const published4: Chain = {
  name: 'published4',
  rules: [
    rule(ipv4, mapTo('address-ports4', 'ip daddr', 'meta l4proto', 'th dport'), toPod4),
    rule(ipv4, mapTo('ports4', 'meta l4proto', 'th dport'), toPod4),
  ],
};

/** ::1 stays: a packet from it cannot leave by the bridge. Refused at once, clients go on to 127.0.0.1. */
const published6: Chain = {
  name: 'published6',
  rules: [
    rule(ipv6, is('ip6 daddr', '::1'), leave),
    rule(ipv6, mapTo('address-ports6', 'ip6 daddr', 'meta l4proto', 'th dport'), toPod6),
    rule(ipv6, mapTo('ports6', 'meta l4proto', 'th dport'), toPod6),
  ],
};

/** Any address of the host: what other hosts' ports are is none of our business. */
const toPublished: readonly Words[] = [
  rule(ipv4, is('fib daddr type', RTN_LOCAL), goTo('published4')),
  rule(ipv6, is('fib daddr type', RTN_LOCAL), goTo('published6')),
];

/**
 * With route_localnet the bridge's interface takes 127.0.0.0/8 for addresses like others, so that answers to what was sent
 * to 127.0.0.1 find back. Nobody on the bridge may use that to reach what listens there (CVE-2020-8558). Before
 * connection tracking, where an answer is still addressed to the bridge. And nothing comes to the host by a pod's link
 * but by the bridge, where senders are checked: the link may have lost its bridge, and is of that `group` all the same.
 */
function buildMartians(bridge: string, group: number): Chain {
  const fromBridge = rule(is('iifname', bridge), ipv4);
  return {
    name: 'martians',
    hook: { type: 'filter', number: prerouting, priority: rawPriority },
    rules: [
      rule(fromBridge, isWithin('ip saddr', loopback), count('martian'), drop),
      rule(fromBridge, isWithin('ip daddr', loopback), count('martian'), drop),
      rule(is('iifgroup', group), count('martian'), drop),
    ],
  };
}

/** A port published on 127.0.0.1 is not for a neighbour who sends packets for 127.0.0.1 to the host's MAC address. */
const fromOthers: Chain = {
  name: 'prerouting',
  hook: { type: 'nat', number: prerouting, priority: destinationPriority },
  rules: [rule(ipv4, isWithin('ip daddr', loopback), leave), ...toPublished],
};

const fromThisHost: Chain = {
  name: 'output',
  hook: { type: 'nat', number: output, priority: destinationPriority },
  rules: toPublished,
};

function buildSources(bridge: string, ranges: readonly FirewallRange[]): Chain {
  return {
    name: 'postrouting',
    hook: { type: 'nat', number: postrouting, priority: sourcePriority },
    rules: [
      ...ranges.map((range) => leaving(bridge, range)),
      rule(is('oifname', bridge), ipv4, isWithin('ip saddr', loopback), count('loopback'), masquerade),
      ...ranges.map((range) => turning(bridge, range)),
    ],
  };
}

/** From a pod to another network. */
function leaving(bridge: string, range: FirewallRange): Words {
  const out = rule(is('iifname', bridge), isNot('oifname', bridge));
  return rule(out, isFrom(range), count('masqueraded'), masquerade);
}

/**
 * From a pod by a published port to a pod, itself perhaps: the answer has to come back through here, not straight to one
 * that asked somebody else. No iifname: where a bridge calls this hook (br_netfilter), it names none.
 */
function turning(bridge: string, range: FirewallRange): Words {
  const translated = hasBit('ct status', IPS_DST_NAT);
  return rule(is('oifname', bridge), translated, isFrom(range), count('hairpin'), masquerade);
}

function isFrom({ family, cidr }: FirewallRange): Words {
  return family === 4 ? rule(ipv4, isWithin('ip saddr', cidr)) : rule(ipv6, isWithin('ip6 saddr', cidr));
}
