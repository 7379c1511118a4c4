import { closeSync } from 'node:fs';
import { connectSocket, MessageSocket } from '../kernel/socket.js';
import { decodeMessage, MESSAGE_MAX_BYTES, type MonitorMessage } from './protocol.js';
import { socketName } from './run-paths.js';

/** Called for each message of the monitor; the descriptor, if it came with one, is the callee's. */
export type OnMessage = (message: MonitorMessage, fd: number | undefined) => void;

/** One connection to a monitor: a launch, an exec, an attachment or a watch. */
export class MonitorSession {
  readonly #socket: MessageSocket;

  /** Connects to the monitor of the run whose directory is open as `runFd`. Throws ECONNREFUSED when it is gone. */
  constructor(runFd: number, callbacks: { onMessage: OnMessage; onClose: (error?: unknown) => void }) {
    this.#socket = new MessageSocket(connectSocket(runFd, socketName), {
      maxBytes: MESSAGE_MAX_BYTES,
      maxFds: 1,
      onMessage: ({ data, fds }) => {
        const message = decodeMessage(data);
        if (message === undefined) {
          fds.forEach(closeSync);
        } else {
          callbacks.onMessage(message, fds[0]);
        }
      },
      onClose: (error) => callbacks.onClose(error),
    });
  }

  /** Sends a request; the descriptors stay the caller's. */
  send(request: Buffer, fds: readonly number[] = []): void {
    this.#socket.send(request, fds);
  }

  close(): void {
    this.#socket.close();
  }
}
