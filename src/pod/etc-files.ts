import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { hasCode } from '../errors.js';
import { type Paths, podFilesDirectory } from '../kernel/paths.js';
import { formatResolvConf, parseResolvConf, type ResolvConf } from '../network/dns/resolv-conf.js';
import type { EventNote } from './actions.js';
import { nodenameOf, podDomain, podHostname } from './hostname.js';
import { buildHostNetworkHosts, buildHosts } from './hosts-file.js';
import { buildPodDns, chooseHostDns } from './pod-dns.js';

/** Files of a pod, on the host, that are mounted over the images' own. */
export interface EtcFiles {
  readonly hostname: string;
  readonly hosts: string;
  readonly resolvConf: string;
}

export interface EtcFacts {
  /** The pod's addresses; empty with the host's network, and while it has only `lo`. */
  readonly ips: readonly string[];
  /** The domain names of pods are in. */
  readonly clusterDomain: string;
  /** Addresses of our resolver; empty while it does not run. */
  readonly resolver: readonly string[];
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

/**
 * Writes /etc/hostname, /etc/hosts and /etc/resolv.conf of a pod, 0644, anew for every sandbox.
 *
 * @returns what the user should know about them, as events.
 */
export async function writeEtcFiles(paths: Paths, pod: Pod, facts: EtcFacts): Promise<readonly EventNote[]> {
  const uid = pod.metadata?.uid ?? '';
  const files = etcFilesOf(paths, uid);
  await mkdir(podFilesDirectory(paths, uid), { recursive: true, mode: 0o700 });
  const host = await readHostDns(pod.spec?.hostNetwork === true);
  const { conf, notes } = buildPodDns(pod, { ...facts, host });
  const nodename = nodenameOf(pod, facts.clusterDomain);
  await writeFile(files.hostname, `${nodename}\n`, { mode: 0o644 });
  await writeFile(files.hosts, await buildPodHosts(pod, facts), { mode: 0o644 });
  await writeFile(files.resolvConf, formatResolvConf(conf), { mode: 0o644 });
  return notes;
}

async function buildPodHosts(pod: Pod, { ips, clusterDomain }: EtcFacts): Promise<string> {
  const aliases = pod.spec?.hostAliases ?? [];
  if (pod.spec?.hostNetwork === true) return buildHostNetworkHosts(await readHostFile('/etc/hosts'), aliases);
  return buildHosts({ hostname: podHostname(pod), domain: podDomain(pod, clusterDomain), ips }, aliases);
}

async function readHostDns(isHostNetwork: boolean): Promise<ResolvConf> {
  const own = parseResolvConf(await readHostFile('/etc/resolv.conf'));
  const systemd = await readHostFile('/run/systemd/resolve/resolv.conf');
  return chooseHostDns(own, systemd === '' ? undefined : parseResolvConf(systemd), isHostNetwork);
}

async function readHostFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
