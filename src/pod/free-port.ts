import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { PeapodError } from '../errors.js';
import type { HostPort } from './host-port-table.js';

/** A port to be chosen: where, and for what. */
export type Wish = Pick<HostPort, 'protocol' | 'hostIP'>;

/**
 * A port of the host that no process has, of the kernel's choice within ip_local_port_range, as Docker chooses. SCTP,
 * which Node has no sockets for, gets one that is free for TCP. Rejects with PEAPOD_USAGE when the address is not
 * one of the host.
 */
export async function findFreePort({ protocol, hostIP }: Wish): Promise<number> {
  try {
    return await (protocol === 'UDP' ? bindUdp(hostIP) : bindTcp(hostIP));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const where = hostIP === undefined ? 'this host' : `"${hostIP}"`;
    throw new PeapodError('PEAPOD_USAGE', `Cannot find a free port of ${where}: ${code}`, {
      hint: code === 'EADDRNOTAVAIL' ? 'It is not an address of this host' : undefined,
      cause,
    });
  }
}

function bindTcp(host: string | undefined): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host }, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function bindUdp(address: string | undefined): Promise<number> {
  const socket = createSocket(address?.includes(':') ? 'udp6' : 'udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port: 0, ...(address !== undefined && { address }) }, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
