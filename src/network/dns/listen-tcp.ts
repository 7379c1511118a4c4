import { createServer, type Server, type Socket } from 'node:net';
import type { Endpoint, Handler, Listener } from './listener.js';
import { MessageSplitter, withLength } from './message-splitter.js';

/** No query is longer: a name, a type, and some options. */
const longestQuery = 4096;
const mostConnections = 128;
const mostConnectionsOfClient = 8;
const idleMs = 10_000;
/** Answers a client asked for and does not read, in bytes. */
const mostUnread = 256 * 1024;

/**
 * Listens for connections of clients, who come with what is too long for UDP. Rejects with Node's error when it cannot.
 *
 * @param isClient tells whom to talk to at all.
 */
export function listenTcp(
  { address, port }: Endpoint,
  isClient: (address: string) => boolean,
  handle: Handler,
): Promise<Listener> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    const client = socket.remoteAddress ?? '';
    if (!isClient(client) || countOf(connections, client) >= mostConnectionsOfClient) {
      socket.destroy();
      return;
    }
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    serveConnection(socket, client, handle);
  });
  server.maxConnections = mostConnections;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, ipv6Only: true }, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      server.unref();
      resolve({ close: () => closeAll(server, connections) });
    });
  });
}

function serveConnection(socket: Socket, client: string, handle: Handler): void {
  const splitter = new MessageSplitter(longestQuery);
  const reply = (message: Buffer): void => {
    if (!socket.writable || socket.writableLength > mostUnread) socket.destroy();
    else socket.write(withLength(message));
  };
  socket.unref();
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    const messages = splitter.push(chunk);
    if (messages === undefined) socket.destroy();
    for (const message of messages ?? []) {
      if (socket.destroyed) return;
      handle(message, { client, transport: 'tcp', reply });
    }
  });
}

function countOf(connections: ReadonlySet<Socket>, client: string): number {
  let count = 0;
  for (const { remoteAddress } of connections) if (remoteAddress === client) count += 1;
  return count;
}

function closeAll(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  for (const socket of connections) socket.destroy();
  return new Promise((closed) => void server.close(() => closed()));
}
