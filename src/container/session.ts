import { closeSync } from 'node:fs';
import { connectSocket, MessageSocket } from '../kernel/socket.js';
import { decodeMessage, MESSAGE_MAX_BYTES, type MonitorMessage } from './protocol.js';
import { socketName } from './socket-name.js';

/** Called for each message of the monitor; the descriptor, if it came with one, is the callee's. */
export type OnMessage = (message: MonitorMessage, fd: number | undefined) => void;

export interface SessionCallbacks {
  readonly onMessage: OnMessage;
  readonly onClose: (error?: unknown) => void;
}

/** One connection to a monitor: a launch, an exec, an attachment or a watch. */
export class MonitorSession {
  readonly #socket: MessageSocket;
  #callbacks: SessionCallbacks;
  /** It ended by itself, with that error. */
  #end: { readonly error: unknown } | undefined;

  /** Connects to the monitor of the run whose directory is open as `runFd`. Throws ECONNREFUSED when it is gone. */
  static connect(runFd: number, callbacks: SessionCallbacks): MonitorSession {
    return new MonitorSession(connectSocket(runFd, socketName), callbacks);
  }

  /** Takes over a connection. */
  constructor(fd: number, callbacks: SessionCallbacks) {
    this.#callbacks = callbacks;
    this.#socket = new MessageSocket(fd, {
      maxBytes: MESSAGE_MAX_BYTES,
      maxFds: 1,
      onMessage: ({ data, fds }) => {
        const message = decodeMessage(data);
        if (message === undefined) {
          fds.forEach(closeSync);
        } else {
          this.#callbacks.onMessage(message, fds[0]);
        }
      },
      onClose: (error) => {
        this.#end = { error };
        this.#callbacks.onClose(error);
      },
    });
  }

  /** From now on messages and the end of the connection are for these; an end that has been is told once more. */
  listen(callbacks: SessionCallbacks): void {
    this.#callbacks = callbacks;
    const end = this.#end;
    if (end !== undefined) queueMicrotask(() => callbacks.onClose(end.error));
  }

  /** Sends a request, with a plan behind it or without; the descriptors stay the caller's. */
  send(request: Buffer, fds: readonly number[] = [], plan?: Buffer): void {
    this.#socket.send(request, fds, plan);
  }

  close(): void {
    this.#socket.close();
  }
}
