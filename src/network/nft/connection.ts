import { hasCode, type SystemError } from '../../errors.js';
import { type NetlinkRequest, NetlinkSocket, type Refusal } from '../../kernel/netlink.js';
import type { NetlinkMessage } from '../../kernel/netlink-message.js';
import { buildBatch, buildTrial, NETLINK_NETFILTER, NFNL_SUBSYS_NFTABLES } from '../../kernel/nfnetlink.js';
import { SerialQueue } from '../../kernel/serial-queue.js';

/**
 * Our socket to netfilter, opened when it is first needed. What is asked of it at the same time is done one after
 * another. Everything throws a SystemError: EPROTONOSUPPORT without netfilter's netlink in the kernel, ENOTSUP without
 * nf_tables, EPERM without CAP_NET_ADMIN.
 */
export class NftConnection {
  readonly #queue = new SerialQueue();
  readonly #portIds = new Set<number>();
  #socket: Promise<NetlinkSocket> | undefined;

  /** Carries out all requests or none; throws the first failure. */
  async commit(requests: readonly NetlinkRequest[]): Promise<void> {
    const [refusal] = await this.attempt(requests);
    if (refusal !== undefined) throw refusal.error;
  }

  /** Carries out all requests, if none fails; else resolves with those that do. */
  attempt(requests: readonly NetlinkRequest[]): Promise<readonly Refusal[]> {
    return this.#use((socket) => socket.attempt(buildBatch(NFNL_SUBSYS_NFTABLES, requests)));
  }

  /** The first failure there would be, if the requests were carried out. */
  async check(requests: readonly NetlinkRequest[]): Promise<SystemError | undefined> {
    const trial = buildTrial(NFNL_SUBSYS_NFTABLES, requests);
    const [refusal] = await this.#use((socket) => socket.attempt(trial));
    return refusal?.error;
  }

  /** Carries out those of some removals whose object is there. */
  async commitExisting(removals: readonly NetlinkRequest[]): Promise<void> {
    for (let left = removals; left.length > 0; ) {
      const refusals = await this.attempt(left);
      const serious = refusals.find(({ error }) => !hasCode(error, 'ENOENT'));
      if (serious !== undefined) throw serious.error;
      if (refusals.length === 0) return;
      const gone = new Set(refusals.map(({ request }) => request.payload));
      left = left.filter(({ payload }) => !gone.has(payload));
    }
  }

  /** The answers to one request that is no change. */
  async ask(request: NetlinkRequest): Promise<readonly NetlinkMessage[]> {
    const [replies = []] = await this.#use((socket) => socket.send([request]));
    return replies;
  }

  /** Carries out requests to another part of netfilter than nftables, each for itself. */
  attemptEach(requests: readonly NetlinkRequest[]): Promise<readonly Refusal[]> {
    return this.#use((socket) => socket.attempt(requests));
  }

  /** True for the port of a socket that this connection has used. */
  isOwn(portId: number): boolean {
    return this.#portIds.has(portId);
  }

  /** Closes the socket once all is done that was asked of it; a later request opens another. */
  async close(): Promise<void> {
    await this.#queue.run(async () => {
      const socket = this.#socket;
      this.#socket = undefined;
      (await socket)?.close();
    });
  }

  #use<T>(work: (socket: NetlinkSocket) => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      const socket = await this.#open();
      const result = await work(socket);
      if (socket.portId !== undefined) this.#portIds.add(socket.portId);
      return result;
    });
  }

  async #open(): Promise<NetlinkSocket> {
    this.#socket ??= NetlinkSocket.open(NETLINK_NETFILTER);
    try {
      return await this.#socket;
    } catch (error) {
      this.#socket = undefined;
      throw error;
    }
  }
}
