import type { Pod } from 'kubernetes-types/core/v1.js';
import { hasCode } from '../errors.js';
import { SerialQueue } from '../kernel/serial-queue.js';
import { addressBytes } from '../network/dns/address-bytes.js';
import { isEncodable } from '../network/dns/domain-name.js';
import { addressRecord, NameTable, pointerRecord } from '../network/dns/name-table.js';
import type { Resolver, ResolverOptions } from '../network/dns/resolver.js';
import { reverseName, reverseZones } from '../network/dns/reverse-name.js';
import type { DnsRecord } from '../network/dns/zone.js';
import type { IpRange } from '../network/ip-range.js';
import { namesOf } from './dns-names.js';

export const defaultClusterDomain = 'cluster.local';

export interface PodNamesOptions {
  /** The domain all names of pods are in; `cluster.local` when absent. */
  readonly clusterDomain?: string | undefined;
  /** Starts the resolver; absent, names of pods are not resolved. */
  readonly openResolver?: ((options: ResolverOptions) => Promise<Resolver>) | undefined;
  /** Told why there is no resolver, when there should be one. */
  readonly warn: (message: string) => void;
}

interface KnownPod {
  readonly pod: Pod;
  readonly ips: readonly string[];
  readonly entries: readonly Entry[];
}

type Entry = readonly [name: string, record: DnsRecord];

/**
 * The names of one engine's pods, and the resolver that serves them. It runs while there is a bridge, whose own
 * addresses it listens on: nobody else is served, and an engine without pods on a bridge has no port open.
 */
export class PodNames {
  readonly clusterDomain: string;
  readonly #options: PodNamesOptions;
  readonly #table = new NameTable();
  readonly #pods = new Map<string, KnownPod>();
  readonly #queue = new SerialQueue();
  #gateways: readonly string[] = [];
  #reverseZones: readonly string[] = [];
  #resolver: Resolver | undefined;

  constructor(options: PodNamesOptions) {
    this.#options = options;
    this.clusterDomain = options.clusterDomain ?? defaultClusterDomain;
    this.#table.addZone(this.clusterDomain);
  }

  /** Addresses our resolver answers at; empty while it does not run. */
  get resolver(): readonly string[] {
    return this.#resolver?.addresses ?? [];
  }

  /** A pod's sandbox was made or adopted. Its names are known from now on, before any of its containers starts. */
  add(pod: Pod, ips: readonly string[]): void {
    const uid = pod.metadata?.uid ?? '';
    this.remove(uid);
    const entries = this.#entriesOf(pod, ips);
    for (const [name, record] of entries) this.#table.add(name, record);
    this.#pods.set(uid, { pod, ips, entries });
  }

  /** A pod's sandbox is gone; nothing happens when it was not known. */
  remove(uid: string): void {
    for (const [name, record] of this.#pods.get(uid)?.entries ?? []) this.#table.remove(name, record);
    this.#pods.delete(uid);
  }

  /**
   * The bridge is there with these addresses of its own: starts the resolver. Resolves when it runs or cannot, which
   * the warning tells: never rejects.
   */
  bridgeUp(addresses: readonly IpRange[]): Promise<void> {
    return this.#queue.run(async () => {
      await this.#stop();
      this.#gateways = addresses.map(({ address }) => address);
      this.#reverseZones = addresses.flatMap(({ address, prefixLength }) =>
        reverseZones(addressBytes(address) ?? Buffer.alloc(4), prefixLength),
      );
      for (const zone of this.#reverseZones) this.#table.addZone(zone);
      this.#renewHostPods();
      await this.#start(addresses);
    });
  }

  /** The bridge is about to go, or the engine closes: stops the resolver. Resolves when its port is free again. */
  bridgeDown(): Promise<void> {
    return this.#queue.run(() => this.#stop());
  }

  async #start(clients: readonly IpRange[]): Promise<void> {
    const { openResolver, warn } = this.#options;
    if (openResolver === undefined) return;
    try {
      const options = { addresses: this.#gateways, clients, lookup: this.#table.find };
      this.#resolver = await openResolver(options);
      for (const { message } of this.#resolver.problems) warn(message);
    } catch (error) {
      const hint = hasCode(error, 'PEAPOD_UNSUPPORTED') ? (error as { hint?: string }).hint : undefined;
      warn(
        [`Pods cannot find each other by name: ${(error as Error).message}`, hint].filter(Boolean).join('. '),
      );
    }
  }

  async #stop(): Promise<void> {
    const resolver = this.#resolver;
    this.#resolver = undefined;
    for (const zone of this.#reverseZones) this.#table.removeZone(zone);
    this.#reverseZones = [];
    await resolver?.close();
  }

  /** A pod with the host's network is reached at the bridge's own addresses, which are known only now. */
  #renewHostPods(): void {
    for (const { pod, ips } of [...this.#pods.values()]) {
      if (pod.spec?.hostNetwork === true) this.add(pod, ips);
    }
  }

  #entriesOf(pod: Pod, ips: readonly string[]): Entry[] {
    const isHostNetwork = pod.spec?.hostNetwork === true;
    const addresses = isHostNetwork ? this.#gateways : ips;
    const names = namesOf(pod, this.clusterDomain);
    return addresses.flatMap((address): Entry[] => {
      const record = addressRecord(address);
      if (record === undefined) return [];
      if (isHostNetwork) return entriesFor(names.plain, record);
      const own = entriesFor([...names.plain, names.ofAddress(address)], record);
      // A pod's name may be longer than a name of the DNS: nobody can ask for it, and it cannot be an answer.
      if (!isEncodable(names.canonical)) return own;
      return [...own, [reverseName(record.data), pointerRecord(names.canonical)]];
    });
  }
}

function entriesFor(names: readonly string[], record: DnsRecord): Entry[] {
  return names.map((name) => [name, record]);
}
