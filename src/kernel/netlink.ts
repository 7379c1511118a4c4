import { constants } from 'node:os';
import { SystemError } from '../errors.js';
import { binding, type Watcher } from '../native/binding.js';
import { WATCH_READABLE } from './constants.js';
import { errnoName } from './errno.js';
import {
  encodeMessage,
  type NetlinkMessage,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  parseMessages,
} from './netlink-message.js';

export const NETLINK_ROUTE = 0;

/** The kernel's own limit for one datagram of a dump. */
const maxDatagramBytes = 32 * 1024;

/** One message to the kernel; NLM_F_REQUEST and, if neither a dump nor quiet, NLM_F_ACK are added to its flags. */
export interface NetlinkRequest {
  readonly type: number;
  readonly flags: number;
  readonly payload: Buffer;
  /** What it does, for the error: `set lo up`. */
  readonly action: string;
  /** No answer but a failure, as most messages of a batch are sent; one such failure ends the wait for all others. */
  readonly quiet?: true;
}

/** A request that was not carried out. */
export interface Refusal {
  readonly request: NetlinkRequest;
  readonly error: SystemError;
}

/** Answers to requests of one `send`, filled as datagrams come. */
interface Exchange {
  readonly requests: readonly NetlinkRequest[];
  /** Sequence number of the first request; the others follow. */
  readonly first: number;
  readonly replies: NetlinkMessage[][];
  readonly open: Set<number>;
  readonly refusals: Refusal[];
}

/** A netlink socket in one network namespace. One `send` at a time. */
export class NetlinkSocket {
  readonly #protocol: number;
  readonly #fd: number;
  #sequence = 1;
  #portId: number | undefined;

  /** Takes over a descriptor of a socket of that protocol. */
  constructor(protocol: number, fd: number) {
    this.#protocol = protocol;
    this.#fd = fd;
  }

  /** Opens one in a network namespace, given as its descriptor or the pidfd of a process in it, or in our own. */
  static async open(protocol: number, namespace?: number): Promise<NetlinkSocket> {
    return new NetlinkSocket(protocol, await binding().openNetlink(protocol, namespace ?? -1));
  }

  /** The kernel's number for this socket, by which a notification tells who made a change; known after an answer. */
  get portId(): number | undefined {
    return this.#portId;
  }

  /**
   * Sends requests in one datagram and resolves with the replies to each, once all are answered. The kernel
   * works through all of them in order; if one fails, the first failure is thrown as a SystemError after that. A dump is
   * sent alone (another one while it is being read is EBUSY), and fails with EINTR if what it lists changed meanwhile.
   */
  async send(requests: readonly NetlinkRequest[]): Promise<NetlinkMessage[][]> {
    return repliesOf(await this.#exchange(requests));
  }

  /** Sends requests as `send` does and resolves with those that failed, in the order of their answers. */
  async attempt(requests: readonly NetlinkRequest[]): Promise<readonly Refusal[]> {
    return (await this.#exchange(requests)).refusals;
  }

  close(): void {
    binding().close(this.#fd);
  }

  async #exchange(requests: readonly NetlinkRequest[]): Promise<Exchange> {
    const exchange = beginExchange(requests, this.#sequence);
    this.#sequence += requests.length;
    await binding().sendNetlink(this.#protocol, this.#fd, encodeRequests(requests, exchange.first));
    return await this.#complete(exchange);
  }

  /** Waits for the answers that are still to come. */
  async #complete(exchange: Exchange): Promise<Exchange> {
    while (exchange.open.size > 0) {
      if (!this.#receive(exchange)) await whenReadable(this.#fd);
    }
    // A batch's failures are queued together: what one of them ended the wait for is there, or never comes.
    if (exchange.refusals.length > 0) while (this.#receive(exchange));
    return exchange;
  }

  /** False when there is no answer yet. */
  #receive(exchange: Exchange): boolean {
    const received = binding().receiveMessage(this.#fd, maxDatagramBytes, 0);
    if (received === null) return false;
    for (const message of parseMessages(received.data)) {
      this.#portId = message.portId;
      take(exchange, message);
    }
    return true;
  }
}

function beginExchange(requests: readonly NetlinkRequest[], first: number): Exchange {
  return {
    requests,
    first,
    replies: requests.map(() => []),
    open: new Set([...requests.keys()].filter((index) => requests[index]?.quiet !== true)),
    refusals: [],
  };
}

function repliesOf({ replies, refusals }: Exchange): NetlinkMessage[][] {
  if (refusals[0] !== undefined) throw refusals[0].error;
  return replies;
}

/** Of these requests, to be sent as one batch, only the last is answered, unless one fails. */
export function answeredOnce(requests: readonly NetlinkRequest[]): NetlinkRequest[] {
  const last = requests.length - 1;
  return requests.map((request, index) => (index === last ? request : { ...request, quiet: true }));
}

/** One datagram with all requests, their sequence numbers rising from `first`. Each that is not quiet is answered. */
export function encodeRequests(requests: readonly NetlinkRequest[], first = 1): Buffer {
  const messages = requests.map(({ type, flags, payload, quiet }, index) => {
    const isDump = (flags & NLM_F_DUMP) === NLM_F_DUMP;
    const answer = isDump || quiet ? 0 : NLM_F_ACK;
    return encodeMessage({ type, flags: flags | NLM_F_REQUEST | answer, sequence: first + index, payload });
  });
  return Buffer.concat(messages);
}

/** Every request ends with an error message, whose errno may be 0, or, if it was a dump, with NLMSG_DONE. */
function take(exchange: Exchange, message: NetlinkMessage): void {
  const index = message.sequence - exchange.first;
  const request = exchange.requests[index];
  if (request === undefined) return;
  if (message.flags & NLM_F_DUMP_INTR) exchange.refusals[0] ??= interruption(request);
  if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) {
    exchange.replies[index]?.push(message);
    return;
  }
  exchange.open.delete(index);
  const errno = message.payload.length >= 4 ? -message.payload.readInt32LE(0) : 0;
  if (errno <= 0) return;
  exchange.refusals.push({ request, error: netlinkError(request, errno) });
  if (request.quiet) exchange.open.clear();
}

function interruption(request: NetlinkRequest): Refusal {
  return { request, error: netlinkError(request, constants.errno.EINTR) };
}

function netlinkError({ action }: NetlinkRequest, errno: number): SystemError {
  const code = errnoName(errno);
  return new SystemError(`Cannot ${action}: ${code}`, { errno, code, syscall: 'netlink', action });
}

function whenReadable(fd: number): Promise<void> {
  return new Promise((resolve) => {
    const watcher: Watcher = binding().watch(fd, WATCH_READABLE, () => {
      watcher.close();
      resolve();
    });
  });
}
