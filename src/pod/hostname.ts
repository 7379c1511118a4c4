import { hostname as hostNodename } from 'node:os';
import type { Pod, PodSpec } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';

/** What the kernel takes for a nodename, in bytes. */
const longestNodename = 64;
const longestHostname = 63;

/** A newer field than our types know. */
type NamedSpec = PodSpec & { readonly hostnameOverride?: string };

/** The hostname: hostnameOverride, else hostname, else the pod's name, which may have to be cut. */
export function podHostname(pod: Pod): string {
  return overrideOf(pod) ?? dnsHostname(pod);
}

/** The same for others to find the pod by: what it calls itself by hostnameOverride concerns nobody else. */
export function dnsHostname({ spec, metadata }: Pod): string {
  const wanted = spec?.hostname || metadata?.name || '';
  return wanted.length <= longestHostname ? wanted : wanted.slice(0, longestHostname).replace(/[-.]+$/, '');
}

/** `db.default.svc.cluster.local` for the subdomain `db`; undefined for a pod without one. */
export function dnsDomain({ spec, metadata }: Pod, clusterDomain: string): string | undefined {
  const { subdomain } = spec ?? {};
  return subdomain ? `${subdomain}.${metadata?.namespace ?? 'default'}.svc.${clusterDomain}` : undefined;
}

/** The domain the pod itself believes to be in. */
export function podDomain(pod: Pod, clusterDomain: string): string | undefined {
  return overrideOf(pod) === undefined ? dnsDomain(pod, clusterDomain) : undefined;
}

/**
 * What uname(2) says in the pod: with the host's network it has the host's UTS namespace too. Throws
 * PEAPOD_UNSUPPORTED when setHostnameAsFQDN asks for more than the kernel takes.
 */
export function nodenameOf(pod: Pod, clusterDomain: string): string {
  if (pod.spec?.hostNetwork === true) return hostNodename();
  const hostname = podHostname(pod);
  const domain = podDomain(pod, clusterDomain);
  if (domain === undefined || pod.spec?.setHostnameAsFQDN !== true) return hostname;
  const full = `${hostname}.${domain}`;
  if (full.length <= longestNodename) return full;
  const message = `Cannot use "${full}" as the hostname: it has ${full.length} characters, the kernel takes ${longestNodename}`;
  throw new PeapodError('PEAPOD_UNSUPPORTED', message, {
    hint: 'Shorten the hostname or the subdomain, or leave setHostnameAsFQDN out',
  });
}

function overrideOf({ spec }: Pod): string | undefined {
  return (spec as NamedSpec | undefined)?.hostnameOverride || undefined;
}
