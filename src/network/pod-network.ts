import { closeSync, openSync } from 'node:fs';
import { hasCode, PeapodError } from '../errors.js';
import { SerialQueue } from '../kernel/serial-queue.js';
import type { Attachment, PublishedPort } from './attachment.js';
import { linkName } from './build-veth.js';
import { changePorts } from './change-ports.js';
import type { Firewall, FirewallCounter } from './firewall.js';
import { HostPorts } from './host-ports.js';
import { macOfAddress } from './mac.js';
import type { Link } from './pod-link.js';
import {
  leaveNetwork,
  lowerNetwork,
  type PodNetworkOptions,
  type RaisedNetwork,
  raiseNetwork,
} from './raise-network.js';
import { plugSpare, type Spare, SpareNetwork } from './spare-network.js';
import { Wiring } from './wire.js';

/** How long the bridge and the tables stay when no pod needs them: the next pod is often not far. */
const lingerMs = 1000;

export interface AttachOptions {
  readonly podUid: string;
  /** Of the sandbox: its pair has another name than that of one before it, which may not be gone yet. */
  readonly attempt: number;
  readonly ports: readonly PublishedPort[];
}

/**
 * The network of one root's pods: the bridge, who has which address and port, and the firewall. It exists on the host only
 * while a pod needs it, and the pods' attachments, kept in their sandboxes' records, are all there is to know about it.
 */
export class PodNetwork {
  /** With the settings as they are. */
  #options: PodNetworkOptions;
  readonly #attached = new Map<string, Attachment>();
  readonly #ports: HostPorts;
  /** Descriptor of our own network namespace, where the bridge is. */
  readonly #hostNetwork = openSync('/proc/self/ns/net', 'r');
  #raised: Promise<RaisedNetwork> | undefined;
  #watch: { close(): void } | undefined;
  #spares: SpareNetwork | undefined;
  /** Making and removing it all, one after the other. */
  readonly #lifecycle = new SerialQueue();
  /** Pods on their way to being attached. */
  #pending = 0;
  #linger: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: PodNetworkOptions) {
    this.#options = options;
    this.#ports = new HostPorts(options.nameOf === undefined ? {} : { nameOf: options.nameOf });
  }

  /** What the firewall's tables are called. */
  get rootName(): string {
    return this.#options.rootName;
  }

  /**
   * Takes over the pods that run, once, before anything else: bridge and tables are put right for them, and what a former
   * engine left of others is gone. Without pods, what is left of all is removed. What stands in the way is a warning: pods
   * run on, and can be ended, whatever their network is like.
   */
  async adopt(attachments: readonly Attachment[]): Promise<void> {
    for (const attachment of attachments) this.#attached.set(attachment.podUid, attachment);
    const isIdle = attachments.length === 0;
    const adopting = isIdle ? this.#lifecycle.run(() => lowerNetwork(this.#options)) : this.#up();
    await adopting.catch((error) => {
      this.#options.warn(`Cannot put the pods' network right: ${(error as Error).message}`);
    });
  }

  /** Something was not as it should be: before the next pod all of it is put right again, as after a restart. */
  async renew(): Promise<void> {
    await this.#end(leaveNetwork);
  }

  /**
   * Decides a pod's addresses and takes its ports. Rejects with PEAPOD_ADDRESSES_EXHAUSTED, PEAPOD_PORT_TAKEN,
   * PEAPOD_ADDRESS_NOT_LOCAL, PEAPOD_CONFLICT, PEAPOD_FIREWALL_UNAVAILABLE and the like; nothing is taken then.
   */
  async link(options: AttachOptions): Promise<Link> {
    this.#pending++;
    let wiring: Wiring | undefined;
    try {
      // The longest part of it all: it goes on while the rest is thought out.
      if (!this.#spares?.isReady) wiring = new Wiring(this.#hostNetwork);
      const raised = await this.#up();
      await this.#ports.take(options.podUid, options.ports);
      const spare = wiring === undefined ? this.#spares?.take() : undefined;
      if (spare !== undefined) return this.#use(spare, raised, options);
      wiring ??= new Wiring(this.#hostNetwork);
      return await this.#make(wiring, raised, options);
    } catch (error) {
      await wiring?.close();
      this.#ports.release(options.podUid);
      throw error;
    } finally {
      this.#spares?.refillSoon();
      this.#pending--;
      this.#lingerIfIdle();
    }
  }

  /** Gives back all that a pod had. Its pair goes with its namespace. */
  async release({ podUid }: Pick<Attachment, 'podUid'>): Promise<void> {
    const attachment = this.#attached.get(podUid);
    if (attachment === undefined) return;
    this.#attached.delete(podUid);
    this.#ports.release(podUid);
    const raised = await this.#raised?.catch(() => undefined);
    try {
      await raised?.firewall.remove(attachment);
    } finally {
      raised?.pool.release(attachment.addresses);
      this.#lingerIfIdle();
    }
  }

  /** Publishes these ports of a pod and no others; all or nothing. Answers the attachment as it is then. */
  async setPorts(podUid: string, ports: readonly PublishedPort[]): Promise<Attachment> {
    const attachment = this.#attached.get(podUid);
    const raised = await this.#raised;
    if (attachment === undefined || raised === undefined) {
      throw new PeapodError('PEAPOD_UNSUPPORTED', 'Cannot publish ports of a pod that is not on the bridge');
    }
    const { firewall } = raised;
    const changed = { ...attachment, ports };
    // Before it is so: should the tables be put back meanwhile, then with these ports.
    this.#attached.set(podUid, changed);
    try {
      const reinstall = () => this.#install(firewall);
      await changePorts(attachment, ports, { firewall, claims: this.#ports, reinstall });
      return changed;
    } catch (error) {
      this.#attached.set(podUid, attachment);
      throw error;
    }
  }

  /** What the rules have seen; undefined while there are none. */
  async counters(): Promise<FirewallCounter[] | undefined> {
    return (await this.#raised)?.firewall.counters();
  }

  /** Lets go of sockets and descriptors. What pods need stays; what nobody needs is removed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#linger);
    await this.#end(this.#isIdle ? lowerNetwork : leaveNetwork);
    this.#ports.close();
    closeSync(this.#hostNetwork);
  }

  #up(): Promise<RaisedNetwork> {
    clearTimeout(this.#linger);
    this.#raised ??= this.#lifecycle
      .run(() => this.#raise())
      .catch((error) => {
        this.#raised = undefined;
        throw error;
      });
    return this.#raised;
  }

  async #raise(): Promise<RaisedNetwork> {
    const pods = { attachments: [...this.#attached.values()], ports: this.#ports };
    const raised = await raiseNetwork(this.#options, pods);
    this.#options = { ...this.#options, settings: raised.settings };
    this.#watch = raised.firewall.watch(() => this.#restore(raised.firewall));
    this.#spares = new SpareNetwork(raised, this.#hostNetwork);
    return raised;
  }

  /** Whoever needs the network from now on makes it anew, once this is over. */
  #end(end: typeof leaveNetwork): Promise<void> {
    const raising = this.#raised;
    this.#raised = undefined;
    return this.#lifecycle.run(async () => {
      const raised = await raising?.catch(() => undefined);
      this.#watch?.close();
      this.#watch = undefined;
      await this.#spares?.close();
      this.#spares = undefined;
      if (raised !== undefined) await end(this.#options, raised);
    });
  }

  get #isIdle(): boolean {
    return this.#attached.size === 0 && this.#pending === 0;
  }

  /** With the network that was made ahead. */
  #use({ base, wiring }: Spare, raised: RaisedNetwork, { podUid, ports }: AttachOptions): Link {
    const attachment = { ...base, podUid, ports };
    this.#attached.set(podUid, attachment);
    const open = async () => {
      await Promise.all([plugSpare(attachment, raised.bridge), this.#open(raised, attachment)]);
    };
    return { attachment, place: { namespace: wiring.namespace }, open, close: () => wiring.close() };
  }

  async #make(wiring: Wiring, raised: RaisedNetwork, options: AttachOptions): Promise<Link> {
    const { podUid, attempt, ports } = options;
    const { bridge, mtu, pool } = raised;
    const addresses = await pool.take();
    const mac = macOfAddress(addresses[0]?.address ?? '');
    const link = linkName(`${this.#options.rootName}/${podUid}/${attempt}`);
    const attachment = { podUid, bridge: bridge.name, link, mac, mtu, addresses, ports };
    this.#attached.set(podUid, attachment);
    const open = () => wiring.wire(attachment, bridge, this.#open(raised, attachment));
    return { attachment, place: { coming: wiring.coming }, open, close: () => wiring.close() };
  }

  /** Tables that somebody has just removed are put back with all pods in them, this one too. */
  async #open({ firewall }: RaisedNetwork, attachment: Attachment): Promise<void> {
    await firewall.add(attachment).catch((error) => {
      if (hasCode(error, 'PEAPOD_FIREWALL_LOST')) return this.#install(firewall);
      throw error;
    });
  }

  #restore(firewall: Firewall): void {
    const { warn } = this.#options;
    warn("Something on this host removed rules of the pods' firewall: they are put back");
    this.#install(firewall).catch((error) => warn(`Cannot put the pods' firewall back: ${error.message}`));
  }

  async #install(firewall: Firewall): Promise<void> {
    await firewall.install([...this.#attached.values(), ...(this.#spares?.attachments ?? [])]);
  }

  #lingerIfIdle(): void {
    if (!this.#isIdle || this.#raised === undefined || this.#isClosed) return;
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => void this.#retire(), lingerMs).unref();
  }

  async #retire(): Promise<void> {
    if (!this.#isIdle || this.#isClosed) return;
    await this.#end(lowerNetwork).catch((error) => {
      this.#options.warn(`Cannot remove the pods' bridge: ${error.message}`);
    });
  }
}
