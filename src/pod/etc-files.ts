import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname as hostNodename } from 'node:os';
import { join } from 'node:path';
import type { HostAlias, Pod } from 'kubernetes-types/core/v1.js';
import { hasCode } from '../errors.js';
import { type Paths, podFilesDirectory } from '../kernel/paths.js';
import { podHostname } from './hostname.js';

/** Files of a pod, on the host, that are mounted over the images' own. */
export interface EtcFiles {
  readonly hostname: string;
  readonly hosts: string;
  readonly resolvConf: string;
}

export interface EtcFacts {
  /** The nodename in the pod's UTS namespace, see `nodenameOf`. */
  readonly hostname: string;
  /** The pod's addresses; empty while it has only `lo`. */
  readonly ips: readonly string[];
}

/** What uname(2) says in the pod: with the host's network it has the host's UTS namespace too. */
export function nodenameOf(pod: Pod): string {
  return pod.spec?.hostNetwork ? hostNodename() : podHostname(pod);
}

/** Where the files of a pod are. */
export function etcFilesOf(paths: Paths, uid: string): EtcFiles {
  const directory = podFilesDirectory(paths, uid);
  return {
    hostname: join(directory, 'hostname'),
    hosts: join(directory, 'hosts'),
    resolvConf: join(directory, 'resolv.conf'),
  };
}

/** Writes /etc/hostname, /etc/hosts and /etc/resolv.conf of a pod, 0644, anew for every sandbox. */
export async function writeEtcFiles(paths: Paths, pod: Pod, facts: EtcFacts): Promise<void> {
  const uid = pod.metadata?.uid ?? '';
  const files = etcFilesOf(paths, uid);
  await mkdir(podFilesDirectory(paths, uid), { recursive: true, mode: 0o700 });
  const aliases = pod.spec?.hostAliases ?? [];
  const hosts = pod.spec?.hostNetwork
    ? buildHostNetworkHosts(await readHostFile('/etc/hosts'), aliases)
    : buildHosts(facts, aliases);
  await writeFile(files.hostname, `${facts.hostname}\n`, { mode: 0o644 });
  await writeFile(files.hosts, hosts, { mode: 0o644 });
  await writeFile(files.resolvConf, await readHostFile('/etc/resolv.conf'), { mode: 0o644 });
}

/**
 * The hosts file as kubelet writes it. A pod that has only `lo` still resolves its own name, to loopback.
 * Source: kubelet's nodeHostsFileContent and managedHostsFileContent.
 */
export function buildHosts({ hostname, ips }: EtcFacts, aliases: readonly HostAlias[]): string {
  const addresses = ips.length > 0 ? ips : ['127.0.0.1', '::1'];
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...addresses.map((address) => `${address}\t${hostname}`),
  ];
  return `${lines.join('\n')}\n${buildAliases(aliases)}`;
}

export function buildHostNetworkHosts(hostFile: string, aliases: readonly HostAlias[]): string {
  return `# Kubernetes-managed hosts file (host network).\n${hostFile}${buildAliases(aliases)}`;
}

function buildAliases(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return '';
  const lines = aliases.map(({ ip, hostnames = [] }) => [ip, ...hostnames].join('\t'));
  return `\n# Entries added by HostAliases.\n${lines.join('\n')}\n`;
}

async function readHostFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
