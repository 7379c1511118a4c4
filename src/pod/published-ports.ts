import { isIPv6 } from 'node:net';
import type { Container, ContainerPort, Pod } from 'kubernetes-types/core/v1.js';
import type { Protocol, PublishedPort } from '../network/attachment.js';
import { normalizeHostIp } from './host-ip.js';
import type { HostPort } from './host-port-table.js';
import { hasOwnNetwork } from './own-network.js';
import { sidecarsOf, specOf } from './pod-containers.js';
import type { PodRecord } from './record.js';

/**
 * The ports a manifest publishes, in the order containers start: those of containers and sidecars that have a
 * hostPort. None for a pod without a network of its own, whose processes have the ports they bind.
 */
export function publishedPorts(pod: Pod): PublishedPort[] {
  return hasOwnNetwork(pod) ? hostPortsOf(pod) : [];
}

/** What is published of a pod: by its manifest, and what was added to it. */
export function portsOf({ pod, ports = [] }: Pick<PodRecord, 'pod' | 'ports'>): PublishedPort[] {
  return [...publishedPorts(pod), ...ports];
}

/** The ports of the host that no other pod may have: with the host's network those the manifest says are listened on. */
export function claimedPorts({ pod, ports = [] }: Pick<PodRecord, 'pod' | 'ports'>): HostPort[] {
  return [...hostPortsOf(pod), ...ports];
}

function hostPortsOf(pod: Pod): PublishedPort[] {
  return [...sidecarsOf(pod), ...specOf(pod).containers].flatMap(containerPorts);
}

function containerPorts({ ports = [] }: Container): PublishedPort[] {
  return ports.flatMap(publishedPort);
}

function publishedPort({
  containerPort,
  hostPort,
  hostIP,
  protocol = 'TCP',
}: ContainerPort): PublishedPort[] {
  if (hostPort === undefined) return [];
  const address = normalizeHostIp(hostIP);
  const port = { protocol: protocol as Protocol, hostPort, containerPort };
  return [address === undefined ? port : { ...port, hostIP: address }];
}

export function isSamePort(one: PublishedPort, other: PublishedPort): boolean {
  return isSameHostPort(one, other) && one.containerPort === other.containerPort;
}

/** Whether both are the very same port of the host; one on every address is another than one on a single address. */
export function isSameHostPort(one: HostPort, other: HostPort): boolean {
  return one.protocol === other.protocol && one.hostPort === other.hostPort && one.hostIP === other.hostIP;
}

/** `8080/TCP`, `127.0.0.1:8080/TCP`, `[::1]:8080/TCP`. */
export function formatHostPort({ protocol, hostPort, hostIP }: HostPort): string {
  return `${hostIP === undefined ? '' : `${formatAddress(hostIP)}:`}${hostPort}/${protocol}`;
}

/** An address as it stands before a port: one of IPv6 in brackets. */
export function formatAddress(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
