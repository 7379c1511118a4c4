import type { HostAlias } from 'kubernetes-types/core/v1.js';

export interface HostsFacts {
  /** What the pod calls itself, without a domain. */
  readonly hostname: string;
  /** What follows in its full name, if it has one. */
  readonly domain?: string | undefined;
  /** The pod's addresses; empty while it has only `lo`. */
  readonly ips: readonly string[];
}

/**
 * The hosts file as kubelet writes it. A pod that has only `lo` still resolves its own name, to loopback.
 * (kubelet's managedHostsFileContent.)
 */
export function buildHosts({ hostname, domain, ips }: HostsFacts, aliases: readonly HostAlias[]): string {
  const addresses = ips.length > 0 ? ips : ['127.0.0.1', '::1'];
  const names = domain === undefined ? hostname : `${hostname}.${domain}\t${hostname}`;
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...addresses.map((address) => `${address}\t${names}`),
  ];
  return `${lines.join('\n')}\n${buildAliases(aliases)}`;
}

/** That of a pod with the host's network: the host's own, and the aliases. (kubelet's nodeHostsFileContent.) */
export function buildHostNetworkHosts(hostFile: string, aliases: readonly HostAlias[]): string {
  return `# Kubernetes-managed hosts file (host network).\n${hostFile}${buildAliases(aliases)}`;
}

function buildAliases(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return '';
  const lines = aliases.map(({ ip, hostnames = [] }) => [ip, ...hostnames].join('\t'));
  return `\n# Entries added by HostAliases.\n${lines.join('\n')}\n`;
}
