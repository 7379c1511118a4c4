import type { PodNetwork as NetworkChoice } from '../kernel/namespaces.js';
import type { Attachment } from '../network/attachment.js';
import { type NetworkState, readNetwork } from '../network/dump.js';
import { podElements } from '../network/firewall-elements.js';
import type { Link } from '../network/parse-link.js';
import type { Route } from '../network/parse-route.js';
import type { PodNetwork } from '../network/pod-network.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import type { FirewallInspection, LinkInspection, NetworkInspection, RouteInspection } from './inspection.js';

/** What the kernel has of a pod's network now. Throws a SystemError. */
export async function inspectNetwork(sandbox: Sandbox, bridge: PodNetwork): Promise<NetworkInspection> {
  const { attachment, spec } = sandbox.record;
  const states = { pod: await readNetwork(sandbox.pidfd), host: await readNetwork(), attachment };
  return {
    mode: describeNetwork(spec.network),
    ...describeLinks(states),
    ports: attachment?.ports ?? [],
    ...(attachment && { attachment, firewall: await inspectFirewall(attachment, bridge) }),
  };
}

async function inspectFirewall(attachment: Attachment, bridge: PodNetwork): Promise<FirewallInspection> {
  const { inet, bridge: frames } = podElements(attachment);
  const counters = (await bridge.counters()) ?? [];
  return {
    tables: ['inet', 'bridge'].map((family) => `${family} ${bridge.rootName}`),
    elements: [...inet, ...frames].map(({ set, key, data }) => ({
      set: set.name,
      element: describeElement(set.key, key, data),
    })),
    counters: Object.fromEntries(counters.map(({ name, packets, bytes }) => [name, { packets, bytes }])),
  };
}

/** As nft(8) writes it: `tcp . 8080 : 10.85.0.2 . 80`. */
function describeElement(
  types: readonly string[],
  key: readonly unknown[],
  data: readonly unknown[] = [],
): string {
  const words = key.map((value, index) => (types[index] === 'inet_proto' ? protocols.get(value) : value));
  return [words, data].flatMap((parts) => (parts.length === 0 ? [] : [parts.join(' . ')])).join(' : ');
}

/** Numbers of the IANA. */
const protocols = new Map<unknown, string>([
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
]);

export interface NetworkStates {
  /** Of the pod's namespace. */
  readonly pod: NetworkState;
  /** Of the host's. */
  readonly host: NetworkState;
  /** Absent when the pod does not hang on the bridge. */
  readonly attachment?: Attachment | undefined;
}

/** How a pod is on the network, as the inspection says it. */
export function describeNetwork(network: NetworkChoice): string {
  if (network === 'pod') return 'private';
  return typeof network === 'string' ? network : `ns:${network.path}`;
}

/** The interfaces of a pod, the bridge it hangs on and the link to it, and the routes the pod has. */
export function describeLinks(states: NetworkStates): Pick<NetworkInspection, 'links' | 'routes'> {
  const { pod, host, attachment } = states;
  const wanted = attachment === undefined ? [] : [attachment.link, attachment.bridge];
  const outside = host.links.filter(({ name }) => wanted.includes(name));
  return {
    links: [
      ...pod.links.map((link) => describeLink(link, pod, { side: 'pod', others: outside })),
      ...outside.map((link) => describeLink(link, host, { side: 'host', others: pod.links })),
    ],
    routes: pod.routes.map((route) => describeRoute(route, pod.links)),
  };
}

/** A pair's ends name each other by index; that of a link with another carrier in its own namespace is none of ours. */
function describeLink(
  link: Link,
  { links, addresses }: NetworkState,
  { side, others }: Pick<LinkInspection, 'side'> & { readonly others: readonly Link[] },
): LinkInspection {
  const isPair = link.kind === 'veth' && link.peerNamespaceId !== undefined;
  const peer = isPair ? others.find(({ index, kind }) => kind === 'veth' && index === link.peer) : undefined;
  const bridge = links.find(({ index }) => index === link.master);
  const { rxPackets = 0, rxBytes = 0, txPackets = 0, txBytes = 0 } = link.stats ?? {};
  return {
    side,
    name: link.name,
    index: link.index,
    ...(peer && { peer: peer.name }),
    ...(bridge && { bridge: bridge.name }),
    mac: link.mac,
    mtu: link.mtu,
    isUp: link.isUp,
    addresses: addresses
      .filter(({ index }) => index === link.index)
      .map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    received: { packets: rxPackets, bytes: rxBytes },
    sent: { packets: txPackets, bytes: txBytes },
  };
}

function describeRoute(route: Route, links: readonly Link[]): RouteInspection {
  const { address, prefixLength, gateway, index } = route;
  return {
    destination: prefixLength === 0 ? 'default' : `${address}/${prefixLength}`,
    ...(gateway !== undefined && { gateway }),
    link: links.find((link) => link.index === index)?.name ?? '',
  };
}
