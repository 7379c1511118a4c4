import { isIP } from 'node:net';
import type { Pod, PodDNSConfig } from 'kubernetes-types/core/v1.js';
import type { ResolvConf } from '../network/dns/resolv-conf.js';
import type { EventNote } from './actions.js';
import { podEvent } from './events.js';
import { networkChoiceOf } from './network-choice.js';
import { specOf } from './pod-containers.js';

export interface DnsFacts {
  /** What the host's own resolv.conf says, see `chooseHostDns`. */
  readonly host: ResolvConf;
  readonly clusterDomain: string;
  /** Addresses of our resolver; empty while it does not run. */
  readonly resolver: readonly string[];
  /** The pod's addresses. */
  readonly ips: readonly string[];
}

export interface PodDns {
  readonly conf: ResolvConf;
  /** What the user should know about it. */
  readonly notes: readonly EventNote[];
}

/** As many as libcs read, and as Kubernetes takes. */
const mostServers = 3;
const mostSearches = 32;
const longestSearchLine = 2048;
const longestSearch = 253;

/** Whether names of pods are to be resolved in a pod: it then needs our resolver, with the host's network as well. */
export function usesClusterDns(pod: Pod): boolean {
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = specOf(pod);
  if (networkChoiceOf(pod)?.kind === 'none') return false;
  return dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && hostNetwork !== true);
}

/** The resolv.conf of a pod. (kubelet's GetPodDNS.) */
export function buildPodDns(pod: Pod, facts: DnsFacts): PodDns {
  const { dnsConfig } = specOf(pod);
  const { conf: base, notes } = chooseBase(pod, facts);
  const fitted = fitLimits(dnsConfig === undefined ? base : mergeConfig(base, dnsConfig));
  return { conf: fitted.conf, notes: [...notes, ...fitted.notes] };
}

/**
 * What the host says that is of use in a pod. With a network of its own it reaches neither the host's loopback, where
 * systemd-resolved listens and keeps the list of real servers in another file, nor an address that is bound to a link.
 */
export function chooseHostDns(
  own: ResolvConf,
  systemd: ResolvConf | undefined,
  isHostNetwork: boolean,
): ResolvConf {
  if (isHostNetwork) return own;
  const isStub = own.nameservers.length > 0 && own.nameservers.every(isLoopback);
  const { nameservers } = isStub && systemd !== undefined ? systemd : own;
  return {
    ...own,
    nameservers: nameservers.filter(
      (server) => !isLoopback(server) && isIP(server) !== 0 && !server.includes('%'),
    ),
  };
}

export function isLoopback(address: string): boolean {
  return /^(127\.|::1$|0\.0\.0\.0$|::$|::ffff:127\.)/.test(address);
}

function chooseBase(pod: Pod, facts: DnsFacts): PodDns {
  const { host, clusterDomain, resolver } = facts;
  if (specOf(pod).dnsPolicy === 'None')
    return { conf: { nameservers: [], searches: [], options: [] }, notes: [] };
  const server = chooseServer(facts);
  if (usesClusterDns(pod) && server !== undefined) {
    const own = [
      `${pod.metadata?.namespace ?? 'default'}.svc.${clusterDomain}`,
      `svc.${clusterDomain}`,
      clusterDomain,
    ];
    const searches = [...new Set([...own, ...host.searches])];
    return { conf: { nameservers: [server], searches, options: ['ndots:5'] }, notes: [] };
  }
  const notes = usesClusterDns(pod) ? [missingResolver(pod)] : [];
  // A host whose only servers are on its loopback: our resolver reaches them, and says so by being one.
  const nameservers = host.nameservers.length === 0 ? resolver.slice(0, 1) : host.nameservers;
  return { conf: { ...host, nameservers }, notes };
}

/** One address is enough, it is one resolver: a second would only have musl, which asks all at once, ask it twice. */
function chooseServer({ resolver, ips }: DnsFacts): string | undefined {
  const families = new Set(ips.map(isIP));
  return resolver.find((address) => families.has(isIP(address))) ?? resolver[0];
}

function missingResolver(pod: Pod): EventNote {
  const policy = specOf(pod).dnsPolicy ?? 'ClusterFirst';
  return podEvent(
    'MissingClusterDNS',
    `No resolver for the names of pods is running: dnsPolicy "${policy}" is taken as "Default"`,
  );
}

/** What the manifest adds comes after what is there; of two options with one name its own counts. */
function mergeConfig(
  base: ResolvConf,
  { nameservers = [], searches = [], options = [] }: PodDNSConfig,
): ResolvConf {
  const merged = new Map(base.options.map((option) => [option.split(':')[0] as string, option]));
  for (const { name = '', value } of options) merged.set(name, value ? `${name}:${value}` : name);
  return {
    nameservers: [...new Set([...base.nameservers, ...nameservers])],
    searches: [...new Set([...base.searches, ...searches])],
    options: [...merged.values()],
  };
}

/** (kubelet's formDNSConfigFitsLimits; glibc 2.28 aborts over a domain that is too long.) */
function fitLimits(conf: ResolvConf): PodDns {
  const nameservers = conf.nameservers.slice(0, mostServers);
  const searches = conf.searches.slice(0, mostSearches).filter((domain) => domain.length <= longestSearch);
  while (searches.join(' ').length > longestSearchLine) searches.pop();
  const notes = [
    ...(nameservers.length < conf.nameservers.length
      ? [podEvent('DNSConfigForming', `Too many name servers: only these are used: ${nameservers.join(' ')}`)]
      : []),
    ...(searches.length < conf.searches.length
      ? [podEvent('DNSConfigForming', `Too many search domains: only these are used: ${searches.join(' ')}`)]
      : []),
  ];
  return { conf: { ...conf, nameservers, searches }, notes };
}
