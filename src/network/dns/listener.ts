import type { Asker } from './forwarder.js';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface Request extends Asker {
  /** Sends the answer; nothing happens when the client is gone. */
  reply(message: Buffer): void;
}

/** Is given each message that comes. Never throws. */
export type Handler = (message: Buffer, request: Request) => void;

export interface Listener {
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}
