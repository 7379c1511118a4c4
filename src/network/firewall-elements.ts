import type { PeapodError } from '../errors.js';
import type { Attachment, PodAddress, Protocol, PublishedPort } from './attachment.js';
import * as sets from './firewall-sets.js';
import { linkLocalAddress } from './mac.js';
import type { Element } from './nft/elements.js';
import { portError } from './port-error.js';

/** Elements by the table they belong to. */
export interface Elements {
  readonly inet: readonly Element[];
  readonly bridge: readonly Element[];
}

const protocolNumbers: Readonly<Record<Protocol, number>> = { TCP: 6, UDP: 17, SCTP: 132 };

/** For each family: its name, the sets it has, and how all addresses of the host are written. */
const families = {
  4: {
    name: 'IPv4',
    every: '0.0.0.0',
    ports: sets.ports4,
    addressPorts: sets.addressPorts4,
    sources: sets.sources4,
  },
  6: {
    name: 'IPv6',
    every: '::',
    ports: sets.ports6,
    addressPorts: sets.addressPorts6,
    sources: sets.sources6,
  },
};

/** All that one pod has in the firewall. Throws what {@link portElements} throws. */
export function podElements(attachment: Attachment): Elements {
  const inet = attachment.ports.flatMap((port) => portElements(attachment, port));
  return { inet, bridge: sourceElements(attachment) };
}

/**
 * A published port's: one for each address of the pod that the host's address can lead to. Throws PEAPOD_UNSUPPORTED
 * if that is none, as for a hostIP of IPv6 and a pod without.
 */
export function portElements({ addresses }: Pick<Attachment, 'addresses'>, port: PublishedPort): Element[] {
  const found = addresses.filter(({ family }) => suits(family, port.hostIP));
  if (found.length === 0) throw unreachable(port);
  return found.map((address) => portElement(address, port));
}

function sourceElements({ link, mac, addresses }: Attachment): Element[] {
  const hasIpv6 = addresses.some(({ family }) => family === 6);
  return [
    { set: sets.macs, key: [link, mac] },
    ...addresses.map(({ family, address }) => ({
      set: families[family].sources,
      key: [link, mac, address],
    })),
    // Of fe80::/10 only the one address it has: it could speak for a neighbour or for the bridge otherwise.
    ...(hasIpv6 ? [{ set: sets.sources6, key: [link, mac, linkLocalAddress(mac)] }] : []),
  ];
}

function suits(family: 4 | 6, hostIP: string | undefined): boolean {
  // What comes from ::1 cannot leave by the bridge.
  if (hostIP === '::1') return false;
  return hostIP === undefined || hostIP.includes(':') === (family === 6);
}

function portElement({ family, address }: PodAddress, port: PublishedPort): Element {
  const { ports, addressPorts, every } = families[family];
  const key = [protocolNumbers[port.protocol], port.hostPort];
  const data = [address, port.containerPort];
  return port.hostIP === undefined || port.hostIP === every
    ? { set: ports, key, data }
    : { set: addressPorts, key: [port.hostIP, ...key], data };
}

function unreachable(port: PublishedPort): PeapodError {
  if (port.hostIP === '::1') {
    return portError(port, 'a connection from there cannot reach a pod', {
      code: 'PEAPOD_UNSUPPORTED',
      hint: 'Publish it on 127.0.0.1: who asks for localhost goes on to that',
    });
  }
  const { name } = families[port.hostIP?.includes(':') ? 6 : 4];
  return portError(port, `the pod has no ${name} address`, {
    code: 'PEAPOD_UNSUPPORTED',
    hint: `Leave hostIP out, or give the pod an ${name} address`,
  });
}
