import type { Pod } from 'kubernetes-types/core/v1.js';
import { dnsDomain, dnsHostname } from './hostname.js';

/** What a pod is called in the DNS. */
export interface DnsNames {
  /** All names that lead to its addresses. */
  readonly plain: readonly string[];
  /** The one its addresses lead to. */
  readonly canonical: string;
  /** Kubernetes' name for a pod by its address: `10-85-0-2.default.pod.cluster.local`. */
  ofAddress(address: string): string;
}

/**
 * A pod answers to its name as a Service would, so that the search list of every pod finds `web` and `web.default`; and
 * with a subdomain to its full name, and together with the others of the subdomain to that, as behind a headless
 * Service.
 */
export function namesOf(pod: Pod, clusterDomain: string): DnsNames {
  const { name = '', namespace = 'default' } = pod.metadata ?? {};
  const domain = dnsDomain(pod, clusterDomain);
  const own = `${name}.${namespace}.pod.${clusterDomain}`;
  const full = domain === undefined ? undefined : `${dnsHostname(pod)}.${domain}`;
  const plain = [`${name}.${namespace}.svc.${clusterDomain}`, own];
  return {
    // With a subdomain like its own name there are doubles.
    plain: domain === undefined ? plain : [...new Set([...plain, full as string, domain])],
    canonical: full ?? own,
    ofAddress: (address) => `${address.replace(/[.:]/g, '-')}.${namespace}.pod.${clusterDomain}`,
  };
}
