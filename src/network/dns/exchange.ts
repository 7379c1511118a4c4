import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { MessageSplitter, withLength } from './message-splitter.js';

export type Transport = 'udp' | 'tcp';

/** A server to be asked, and for how long. */
export interface Server {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Ends the exchange before its time. */
  readonly signal: AbortSignal;
}

const longestMessage = 65_535;

/**
 * Sends a query and waits for the first message that is an answer to it.
 *
 * @returns undefined when none came in time, or the server refuses connections. Never rejects.
 */
export type Exchange = (
  message: Buffer,
  server: Server,
  isAnswer: (message: Buffer) => boolean,
) => Promise<Buffer | undefined>;

/**
 * A socket for each query: its port is the kernel's random choice, which together with the id is what somebody who
 * forges answers has to guess. It is connected, so the kernel drops what comes from elsewhere, and a port nobody
 * listens on is told at once.
 */
export const exchangeUdp: Exchange = (message, { address, port, timeoutMs, signal }, isAnswer) =>
  new Promise((resolve) => {
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', signal });
    let answer: Buffer | undefined;
    let isClosed = false;
    const close = (): void => {
      if (!isClosed) socket.close();
    };
    const timer = setTimeout(close, timeoutMs);
    socket.on('message', (received) => {
      if (!isAnswer(received)) return;
      answer = received;
      close();
    });
    socket.on('error', close);
    socket.on('close', () => {
      isClosed = true;
      clearTimeout(timer);
      resolve(answer);
    });
    socket.connect(port, address, (error?: Error) => {
      if (error) close();
      else if (!isClosed) socket.send(message);
    });
  });

export const exchangeTcp: Exchange = (message, { address, port, timeoutMs, signal }, isAnswer) =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, signal });
    const splitter = new MessageSplitter(longestMessage);
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    let answer: Buffer | undefined;
    socket.on('data', (chunk) => {
      answer ??= splitter.push(chunk)?.find(isAnswer);
      if (answer !== undefined) socket.destroy();
    });
    // What went wrong does not matter: the close that follows says that there is no answer.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
    socket.write(withLength(message));
  });
