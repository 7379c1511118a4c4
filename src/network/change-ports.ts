import { hasCode } from '../errors.js';
import type { Attachment, PublishedPort } from './attachment.js';
import type { Firewall } from './firewall.js';
import type { HostPorts } from './host-ports.js';
import { describePort } from './port-error.js';

interface Keepers {
  readonly firewall: Firewall;
  readonly claims: HostPorts;
  /** Puts tables back that somebody has just removed, the ports that are to be with them. */
  reinstall(): Promise<void>;
}

/** Publishes these ports of a pod and no others. Rejects with PEAPOD_PORT_TAKEN and the like, with everything as before. */
export async function changePorts(
  attachment: Attachment,
  ports: readonly PublishedPort[],
  keepers: Keepers,
): Promise<void> {
  const { claims } = keepers;
  const added = without(ports, attachment.ports);
  const removed = without(attachment.ports, ports);
  await claims.take(attachment.podUid, added);
  try {
    for (const port of added) await openPort(attachment, port, keepers);
  } catch (error) {
    await closePorts(attachment, added, keepers);
    throw error;
  }
  await closePorts(attachment, removed, keepers);
}

async function openPort(attachment: Attachment, port: PublishedPort, keepers: Keepers): Promise<void> {
  await keepers.firewall.addPort(attachment, port).catch((error) => {
    if (hasCode(error, 'PEAPOD_FIREWALL_LOST')) return keepers.reinstall();
    throw error;
  });
}

async function closePorts(
  attachment: Attachment,
  ports: readonly PublishedPort[],
  { firewall, claims }: Keepers,
): Promise<void> {
  for (const port of ports) {
    claims.release(attachment.podUid, port);
    await firewall.removePort(attachment, port);
  }
}

function without(ports: readonly PublishedPort[], others: readonly PublishedPort[]): PublishedPort[] {
  const key = (port: PublishedPort) => `${describePort(port)} ${port.containerPort}`;
  const known = new Set(others.map(key));
  return ports.filter((port) => !known.has(key(port)));
}
