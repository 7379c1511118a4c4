import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Endpoint, Handler, Listener } from './listener.js';

/** Listens for queries. Rejects with Node's error, EADDRINUSE for example, when it cannot. */
export function listenUdp({ address, port }: Endpoint, handle: Handler): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const socket = isIPv6(address) ? createSocket({ type: 'udp6', ipv6Only: true }) : createSocket('udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    let isClosed = false;
    socket.on('close', () => {
      isClosed = true;
    });
    socket.on('message', (packet, { address: client, port: clientPort }) => {
      // Nobody can be answered there, though anybody who makes packets by hand can write it: to send would throw.
      if (clientPort === 0) return;
      // An answer that cannot be sent is as lost as one on the way: the client asks again.
      const reply = (message: Buffer): void => {
        if (!isClosed) socket.send(message, clientPort, client, () => {});
      };
      handle(packet, { client, transport: 'udp', reply });
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      // Names are served for pods, not for the program: they do not keep it running.
      socket.unref();
      resolve({ close: () => new Promise((closed) => void socket.close(closed)) });
    });
  });
}
