import type { PublishedPort } from '../network/attachment.js';
import { formatAddress } from '../pod/published-ports.js';

/** A published port as `docker port` prints it: `80/tcp -> 0.0.0.0:8080`. */
export function describePort({
  protocol,
  containerPort,
  hostIP = '0.0.0.0',
  hostPort,
}: PublishedPort): string {
  return `${containerPort}/${protocol.toLowerCase()} -> ${formatAddress(hostIP)}:${hostPort}`;
}
