import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { PeapodError } from '../errors.js';
import { SerialQueue } from '../kernel/serial-queue.js';
import { debug } from '../log.js';
import { AddressPool } from './address-pool.js';
import { buildAttachSteps, type NetworkSteps } from './attach-steps.js';
import type { Attachment, PublishedPort } from './attachment.js';
import { ensureBridge, removeBridge } from './bridge.js';
import type { Bridge } from './build-attachment.js';
import { withRouteSocket } from './dump.js';
import { Firewall, type FirewallCounter } from './firewall.js';
import { enableForwarding } from './forwarding.js';
import { HostPorts } from './host-ports.js';
import type { IpRange } from './ip-range.js';
import { macOfAddress } from './mac.js';
import { describePort } from './port-error.js';
import { type NetworkSettings, settleRanges } from './settings.js';
import { writeNetworkSettings } from './settings-record.js';
import { findDefaultMtu } from './uplink.js';
import { listUsedRanges } from './used-ranges.js';

const log = debug('network');

/** How long the bridge and the tables stay when no pod needs them: the next pod is often not far. */
const lingerMs = 1000;

export interface PodNetworkOptions {
  /** `peapod`, or `peapod-<id>`: owner of the bridge, name of the tables. */
  readonly rootName: string;
  readonly settings: NetworkSettings;
  readonly settingsPath: string;
  /** The record of how far addresses were handed out. */
  readonly cursorPath: string;
  readonly warn: (message: string) => void;
  /** The bridge is there, with these addresses of its own. */
  readonly onUp?: (addresses: readonly IpRange[]) => Promise<void>;
  /** It is about to go, or we let go of it. */
  readonly onDown?: () => Promise<void>;
  /** What a pod is called, for messages. */
  readonly nameOf?: (podUid: string) => string;
}

/** What is there while pods need it. */
interface Parts {
  readonly bridge: Bridge;
  readonly mtu: number;
  readonly pool: AddressPool;
  readonly firewall: Firewall;
  readonly watch: { close(): void };
}

export interface AttachOptions {
  readonly podUid: string;
  /** Of the sandbox: its pair has another name than that of one before it, which may not be gone yet. */
  readonly attempt: number;
  readonly ports: readonly PublishedPort[];
}

/** What a pod's pause is to be launched with, so that it hangs on the bridge. */
export interface Link {
  readonly attachment: Attachment;
  readonly steps: NetworkSteps;
  /** Lets the pod's packets through the firewall: to be called while pause is on its way, and to be waited for. */
  open(): Promise<void>;
}

/**
 * The network of one root's pods: the bridge, who has which address and port, and the firewall. It exists on the host only
 * while a pod needs it, and the pods' attachments, kept in their sandboxes' records, are all there is to know about it.
 */
export class PodNetwork {
  readonly #options: PodNetworkOptions;
  readonly #attached = new Map<string, Attachment>();
  readonly #ports: HostPorts;
  /** Descriptor of our own network namespace, where the bridge is. */
  readonly #hostNetwork = openSync('/proc/self/ns/net', 'r');
  #settings: NetworkSettings;
  #parts: Promise<Parts> | undefined;
  /** Making and removing it all, one after the other. */
  readonly #lifecycle = new SerialQueue();
  /** Pods on their way to being attached. */
  #pending = 0;
  #linger: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: PodNetworkOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#ports = new HostPorts(options.nameOf === undefined ? {} : { nameOf: options.nameOf });
  }

  /** Addresses of the bridge, on which pods reach the host; empty while there is none. */
  get gateways(): readonly string[] {
    return this.#parts === undefined ? [] : this.#settings.ranges.map(({ gateway }) => gateway);
  }

  get settings(): NetworkSettings {
    return this.#settings;
  }

  /**
   * Takes over the pods that run, once, before anything else: bridge and tables are put right for them, and what a former
   * engine left of others is gone. Without pods, what is left of all is removed.
   */
  async adopt(attachments: readonly Attachment[]): Promise<void> {
    for (const attachment of attachments) this.#attached.set(attachment.podUid, attachment);
    if (attachments.length === 0) {
      await this.#lifecycle.run(() => this.#takeDown(undefined));
      return;
    }
    await this.#up();
  }

  /**
   * Decides a pod's addresses and takes its ports. Rejects with PEAPOD_ADDRESSES_EXHAUSTED, PEAPOD_PORT_TAKEN,
   * PEAPOD_ADDRESS_NOT_LOCAL, PEAPOD_CONFLICT, PEAPOD_FIREWALL_UNAVAILABLE and the like; nothing is taken then.
   */
  async link(options: AttachOptions): Promise<Link> {
    const { podUid, ports } = options;
    this.#pending++;
    try {
      const parts = await this.#up();
      this.#ports.claim(podUid, ports);
      const attachment = await this.#decide(parts, options);
      this.#attached.set(podUid, attachment);
      const steps = buildAttachSteps(attachment, parts.bridge, this.#hostNetwork);
      return { attachment, steps, open: () => this.#open(parts, attachment) };
    } catch (error) {
      this.#ports.release(podUid);
      throw error;
    } finally {
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
    const parts = await this.#parts;
    if (parts !== undefined) {
      await parts.firewall.remove(attachment);
      parts.pool.release(attachment.addresses);
    }
    this.#lingerIfIdle();
  }

  /** Publishes these ports of a pod and no others; all or nothing. Answers the attachment as it is then. */
  async setPorts(podUid: string, ports: readonly PublishedPort[]): Promise<Attachment> {
    const attachment = this.#attached.get(podUid);
    const parts = await this.#parts;
    if (attachment === undefined || parts === undefined) {
      throw new PeapodError('PEAPOD_UNSUPPORTED', 'Cannot publish ports of a pod that is not on the bridge');
    }
    const added = without(ports, attachment.ports);
    const removed = without(attachment.ports, ports);
    this.#ports.claim(podUid, added);
    const changed = { ...attachment, ports };
    try {
      for (const port of added) await parts.firewall.addPort(attachment, port);
    } catch (error) {
      for (const port of added) await this.#close(parts, attachment, port);
      throw error;
    }
    this.#attached.set(podUid, changed);
    for (const port of removed) await this.#close(parts, attachment, port);
    return changed;
  }

  /** The firewall's, as nft(8) names them. */
  get tables(): readonly string[] {
    return ['inet', 'bridge'].map((family) => `${family} ${this.#options.rootName}`);
  }

  /** What the rules have seen; undefined while there are none. */
  async counters(): Promise<FirewallCounter[] | undefined> {
    return (await this.#parts)?.firewall.counters();
  }

  /** Lets go of sockets and descriptors. What pods need stays; what nobody needs is removed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#linger);
    const parts = await this.#parts?.catch(() => undefined);
    this.#parts = undefined;
    if (this.#isIdle && parts !== undefined) await this.#lifecycle.run(() => this.#takeDown(parts));
    else await this.#letGo(parts);
    await this.#lifecycle.idle();
    this.#ports.close();
    closeSync(this.#hostNetwork);
  }

  #up(): Promise<Parts> {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    this.#parts ??= this.#lifecycle
      .run(() => this.#setUp())
      .catch((error) => {
        this.#parts = undefined;
        throw error;
      });
    return this.#parts;
  }

  get #isIdle(): boolean {
    return this.#attached.size === 0 && this.#pending === 0;
  }

  async #setUp(): Promise<Parts> {
    const { rootName, cursorPath, warn } = this.#options;
    const mtu = await this.#settle();
    const { bridge: name, ranges } = this.#settings;
    const addresses = ranges.map(({ gateway, prefixLength }) => ({ address: gateway, prefixLength }));
    const forwarding = await enableForwarding({ ipv6: ranges.some(({ family }) => family === 6) });
    for (const { name: sysctl, to } of forwarding.changes) log('%s is now %s', sysctl, to);
    const bridge = await ensureBridge({ name, owner: rootName, addresses, mtu });
    const pool = await AddressPool.open({ ranges, path: cursorPath, warn });
    for (const attachment of this.#attached.values()) this.#claim(pool, attachment);
    const firewall = new Firewall({ name: rootName, bridge: name, ranges });
    await firewall.install([...this.#attached.values()]);
    await this.#options.onUp?.(addresses);
    const watch = firewall.watch(() => this.#restore(firewall));
    return { bridge, mtu, pool, firewall, watch };
  }

  /** What a former engine gave out stays given out, whatever is in the way of it. */
  #claim(pool: AddressPool, attachment: Attachment): void {
    const { warn } = this.#options;
    try {
      pool.claim(attachment.addresses);
    } catch (error) {
      warn((error as Error).message);
    }
    for (const error of this.#ports.adopt(attachment.podUid, attachment.ports)) warn(error.message);
  }

  /** Chooses the ranges, if that was left to us, and answers the MTU. */
  async #settle(): Promise<number> {
    const { settingsPath } = this.#options;
    return await withRouteSocket(undefined, async (socket) => {
      if (this.#attached.size === 0) {
        const used = await listUsedRanges(socket, this.#settings.bridge);
        const settled = settleRanges(this.#settings, used);
        if (settled !== this.#settings) await writeNetworkSettings(settingsPath, settled);
        this.#settings = settled;
      }
      return this.#settings.mtu ?? (await findDefaultMtu(socket));
    });
  }

  async #decide(
    { bridge, mtu, pool }: Parts,
    { podUid, attempt, ports }: AttachOptions,
  ): Promise<Attachment> {
    const addresses = await pool.take();
    const mac = macOfAddress(addresses[0]?.address ?? '');
    const link = linkName(`${this.#options.rootName}/${podUid}/${attempt}`);
    return { podUid, bridge: bridge.name, link, mac, mtu, addresses, ports };
  }

  /** Tables that somebody has just removed are put back with all pods in them, this one too. */
  async #open({ firewall }: Parts, attachment: Attachment): Promise<void> {
    try {
      await firewall.add(attachment);
    } catch (error) {
      if (!(error instanceof PeapodError) || error.code !== 'PEAPOD_FIREWALL_LOST') throw error;
      await firewall.install([...this.#attached.values()]);
    }
  }

  async #close({ firewall }: Parts, attachment: Attachment, port: PublishedPort): Promise<void> {
    this.#ports.release(attachment.podUid, port);
    await firewall.removePort(attachment, port);
  }

  #restore(firewall: Firewall): void {
    this.#options.warn('Something on this host removed rules of the pods’ firewall: they are put back');
    firewall.install([...this.#attached.values()]).catch((error) => {
      this.#options.warn(`Cannot put the pods' firewall back: ${(error as Error).message}`);
    });
  }

  #lingerIfIdle(): void {
    if (!this.#isIdle || this.#parts === undefined || this.#isClosed) return;
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => void this.#retire(), lingerMs).unref();
  }

  async #retire(): Promise<void> {
    const parts = await this.#parts?.catch(() => undefined);
    if (!this.#isIdle || parts === undefined || this.#isClosed) return;
    this.#parts = undefined;
    await this.#lifecycle
      .run(() => this.#takeDown(parts))
      .catch((error) => this.#options.warn(`Cannot remove the pods' bridge: ${error.message}`));
  }

  /** What runs, runs on. */
  async #letGo(parts: Parts | undefined): Promise<void> {
    parts?.watch.close();
    await this.#options.onDown?.();
    await parts?.firewall.close();
    await parts?.pool.close();
  }

  /** Removes what is on the host, also what an engine that was killed has left. */
  async #takeDown(parts: Parts | undefined): Promise<void> {
    const { rootName: owner } = this.#options;
    const { bridge: name, ranges } = this.#settings;
    parts?.watch.close();
    await this.#options.onDown?.();
    const firewall = parts?.firewall ?? new Firewall({ name: owner, bridge: name, ranges });
    await firewall.uninstall().finally(() => firewall.close());
    await parts?.pool.close();
    await removeBridge({ name, owner });
  }
}

/** Of at most 15 bytes, and of no other sandbox of any root. */
function linkName(sandbox: string): string {
  return `veth${createHash('sha256').update(sandbox).digest('hex').slice(0, 11)}`;
}

function without(ports: readonly PublishedPort[], others: readonly PublishedPort[]): PublishedPort[] {
  const key = (port: PublishedPort) => `${describePort(port)} ${port.containerPort}`;
  const known = new Set(others.map(key));
  return ports.filter((port) => !known.has(key(port)));
}
