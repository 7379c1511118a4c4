import { hasCode } from '../errors.js';
import { binding, type ReceivedMessage } from '../native/binding.js';
import { WATCH_DISCONNECT, WATCH_READABLE, WATCH_WRITABLE } from './constants.js';

/** No room; or no reader, which is for the receiving side to report, after all the peer sent before it closed. */
const passingErrors = ['EAGAIN', 'EPIPE', 'ECONNRESET'];

export interface MessageSocketOptions {
  /** Called for each message, in order. Its descriptors are the callback's to close. */
  readonly onMessage: (message: ReceivedMessage) => void;
  /** Called once, when the peer has closed, or with the error that ended the connection; not for our own `close`. */
  readonly onClose: (error?: unknown) => void;
  /** Longest message that is expected, in bytes; a longer one ends the connection. */
  readonly maxBytes: number;
  /** Most descriptors in one message; more end the connection. */
  readonly maxFds: number;
}

const none = new Uint8Array();

interface Outgoing {
  readonly data: Uint8Array;
  /** Of the same message, behind `data`. */
  readonly tail?: Uint8Array;
  readonly fds: readonly number[];
}

/** A socket connected to the SOCK_SEQPACKET one that listens at `name` of an open directory. Throws ENOENT, and ECONNREFUSED when nobody listens any more. */
export function connectSocket(directoryFd: number, name: string): number {
  return binding().connectUnix(directoryFd, name, 'seqpacket');
}

/** A connected SOCK_SEQPACKET socket whose messages may carry descriptors. It owns the descriptor it is made of. */
export class MessageSocket {
  readonly fd: number;
  readonly #options: MessageSocketOptions;
  readonly #queue: Outgoing[] = [];
  readonly #watcher;
  #closed = false;

  constructor(fd: number, options: MessageSocketOptions) {
    this.fd = fd;
    this.#options = options;
    this.#watcher = binding().watch(fd, WATCH_READABLE | WATCH_DISCONNECT, (error, events) =>
      this.#onEvents(events, error !== 0 || (events & WATCH_DISCONNECT) !== 0),
    );
  }

  /** Messages the peer has not made room for yet. */
  get queued(): number {
    return this.#queue.length;
  }

  /**
   * Sends a message, `data` and `tail`, now or when there is room: false means that it waits in the queue. The caller keeps its
   * descriptors and may close them at once. After the end of the connection nothing is sent.
   */
  send(data: Uint8Array, fds: readonly number[] = [], tail: Uint8Array = none): boolean {
    if (this.#closed) return false;
    if (this.#queue.length === 0 && this.#trySend({ data, fds, tail })) return true;
    if (this.#closed) return false;
    this.#queue.push({ data: Buffer.concat([data, tail]), fds: fds.map((fd) => binding().dup(fd)) });
    this.#watch();
    return false;
  }

  /** Keeps the process alive (the default) or not. */
  setRef(ref: boolean): void {
    if (ref) this.#watcher.ref();
    else this.#watcher.unref();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher.close();
    for (const { fds } of this.#queue) closeAll(fds);
    this.#queue.length = 0;
    binding().close(this.fd);
  }

  #watch(): void {
    this.#watcher.update(WATCH_READABLE | WATCH_DISCONNECT | (this.#queue.length > 0 ? WATCH_WRITABLE : 0));
  }

  /**
   * One message a turn of the event loop, which tells of the next: a chatty peer starves nobody, and one message takes one
   * call. After the end of the connection there may be no other turn, for libuv watches nothing any more that has an error.
   */
  #onEvents(events: number, isOver: boolean): void {
    if (events & WATCH_WRITABLE) this.#flush();
    let isEmpty = this.#closed;
    while (!isEmpty) {
      const message = this.#receive();
      if (message !== null && message !== undefined) this.#deliver(message);
      isEmpty = message === null || this.#closed || !isOver;
    }
  }

  /** Null when there is nothing to read, undefined when an error took the place of a message. */
  #receive(): ReceivedMessage | null | undefined {
    try {
      return binding().receiveMessage(this.fd, this.#options.maxBytes, this.#options.maxFds);
    } catch (error) {
      // A peer that closed before it read all: what it had sent can still be read.
      if (!hasCode(error, 'ECONNRESET')) this.#end(error);
      return undefined;
    }
  }

  #deliver(message: ReceivedMessage): void {
    if (message.truncated) {
      closeAll(message.fds);
      this.#end(new Error('The peer sent a message that is too long'));
    } else if (message.data.length === 0) {
      this.#end();
    } else {
      this.#options.onMessage(message);
    }
  }

  #flush(): void {
    for (let next = this.#queue[0]; next !== undefined && this.#trySend(next); next = this.#queue[0]) {
      closeAll(next.fds);
      this.#queue.shift();
    }
    if (!this.#closed) this.#watch();
  }

  /** False when there is no room, or no connection any more. */
  #trySend({ data, fds, tail = none }: Outgoing): boolean {
    try {
      binding().sendMessage(this.fd, data, fds, tail);
      return true;
    } catch (error) {
      if (!passingErrors.some((code) => hasCode(error, code))) this.#end(error);
      return false;
    }
  }

  #end(error?: unknown): void {
    if (this.#closed) return;
    this.close();
    this.#options.onClose(error);
  }
}

function closeAll(fds: readonly number[]): void {
  for (const fd of fds) binding().close(fd);
}
