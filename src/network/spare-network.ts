import { randomBytes } from 'node:crypto';
import { debug } from '../log.js';
import type { Attachment } from './attachment.js';
import { type Bridge, buildHostRequests } from './build-attachment.js';
import { withRouteSocket } from './dump.js';
import { macOfAddress } from './mac.js';
import type { RaisedNetwork } from './raise-network.js';
import { explainRefusal, Wiring } from './wire.js';

const log = debug('network');

/** Pods that come in a row make their own: a spare is made when there is a pause, not in their way. */
const pauseMs = 50;

/** Addresses that must be free for one to be spared: a pod that finds none must not wait for the last to come back. */
const leastFree = 16;

/** A network namespace that is wired for a pod to come, and what it is wired with. */
export interface Spare {
  readonly base: Omit<Attachment, 'podUid' | 'ports'>;
  /** The namespace, which ends with this unless a pod's pause is in it. */
  readonly wiring: Wiring;
}

function attachmentOf(base: Spare['base']): Attachment {
  return { ...base, podUid: 'spare', ports: [] };
}

/**
 * The network of the next pod, made ahead: namespace, pair, addresses and routes are most of what a sandbox takes.
 * It exists only as a descriptor of ours: should we be killed, the kernel takes it all back.
 */
export class SpareNetwork {
  readonly #raised: RaisedNetwork;
  readonly #hostNetwork: number;
  #spare: Spare | undefined;
  #making: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `hostNetwork` is our descriptor of the host's network namespace. */
  constructor(raised: RaisedNetwork, hostNetwork: number) {
    this.#raised = raised;
    this.#hostNetwork = hostNetwork;
  }

  /** There is one just now. */
  get isReady(): boolean {
    return this.#spare !== undefined;
  }

  /** The spare, if there is one just now: addresses and descriptor are the caller's. */
  take(): Spare | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }

  /** Makes another one before long, unless there is one. */
  refillSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refill(), pauseMs).unref();
  }

  /** What the firewall is to let through for it: there is none, or one. */
  get attachments(): readonly Attachment[] {
    return this.#spare === undefined ? [] : [attachmentOf(this.#spare.base)];
  }

  /** Lets it go. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#making;
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare === undefined) return;
    await spare.wiring.close();
    await this.#forget(spare.base);
  }

  #refill(): void {
    if (this.#isClosed || this.#spare !== undefined || this.#making !== undefined) return;
    this.#making = this.#make().then(
      () => {
        this.#making = undefined;
      },
      (error) => {
        this.#making = undefined;
        log('no spare network: %s', error);
      },
    );
  }

  async #make(): Promise<void> {
    const { bridge, mtu, pool, firewall } = this.#raised;
    if (pool.capacity - pool.inUse < leastFree) return;
    const wiring = new Wiring(this.#hostNetwork);
    const addresses = await pool.take().catch(async (error) => {
      await wiring.close();
      throw error;
    });
    const link = `veth${randomBytes(6).toString('hex').slice(0, 11)}`;
    const mac = macOfAddress(addresses[0]?.address ?? '');
    const base = { bridge: bridge.name, link, mac, mtu, addresses };
    try {
      await wiring.wire(attachmentOf(base), bridge, firewall.add(attachmentOf(base)));
      wiring.settle();
      this.#spare = { base, wiring };
    } catch (error) {
      await wiring.close();
      await this.#forget(base);
      throw error;
    }
  }

  async #forget(base: Spare['base']): Promise<void> {
    const { firewall, pool } = this.#raised;
    await firewall
      .remove(attachmentOf(base))
      .catch((error) => log('cannot forget a spare network: %s', error));
    pool.release(base.addresses);
  }
}

/**
 * Gives a spare's link the name of its pod, and puts it on the bridge once more: should that be gone, or either end of the
 * pair, this fails with PEAPOD_NETWORK_UNAVAILABLE.
 */
export async function plugSpare(attachment: Attachment, bridge: Bridge): Promise<void> {
  const [onBridge] = buildHostRequests(attachment, bridge);
  await withRouteSocket(undefined, (socket) => socket.send([onBridge])).catch(explainRefusal);
}
