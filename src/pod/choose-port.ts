import { PeapodError } from '../errors.js';
import type { PublishedPort } from '../network/attachment.js';
import type { PortRequest } from './engine-api.js';
import type { PodParts } from './engine-parts.js';
import { isHostIp, normalizeHostIp } from './host-ip.js';

/** How often the kernel is asked for a port that no pod has. */
const tries = 100;

/**
 * The port a request asks for, checked and in its normal form; when it leaves the port of the host open, one that
 * neither a process nor a pod has. Rejects with PEAPOD_USAGE.
 */
export async function choosePort(parts: PodParts, request: PortRequest): Promise<PublishedPort> {
  checkRequest(request);
  const { protocol, containerPort } = request;
  const hostIP = normalizeHostIp(request.hostIP);
  const wish = { protocol, ...(hostIP !== undefined && { hostIP }) };
  const hostPort = request.hostPort ?? (await findUnclaimed(parts, wish));
  return { ...wish, hostPort, containerPort };
}

async function findUnclaimed(
  { freePort, ports }: PodParts,
  wish: Pick<PublishedPort, 'protocol' | 'hostIP'>,
): Promise<number> {
  for (let count = 0; count < tries; count++) {
    const hostPort = await freePort(wish);
    if (ports.holderOf({ ...wish, hostPort }) === undefined) return hostPort;
  }
  throw new PeapodError('PEAPOD_PORT_TAKEN', `None of ${tries} free ports of the host is free of pods`, {
    hint: 'Name the port of the host',
  });
}

/** Callers may be programs without types. */
function checkRequest({ protocol, hostIP, hostPort, containerPort }: PortRequest): void {
  const flaw =
    (!['TCP', 'UDP', 'SCTP'].includes(protocol) && `protocol "${protocol}" is not TCP, UDP or SCTP`) ||
    (!isPort(containerPort) && `containerPort ${containerPort} is not from 1 to 65535`) ||
    (hostPort !== undefined && !isPort(hostPort) && `hostPort ${hostPort} is not from 1 to 65535`) ||
    (hostIP && !isHostIp(hostIP) && `hostIP "${hostIP}" is not an IP address`);
  if (flaw) throw new PeapodError('PEAPOD_USAGE', `Cannot publish the port: its ${flaw}`);
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}
