import { PeapodError } from '../errors.js';
import type { Host } from '../kernel/host.js';
import type { Attachment, PublishedPort } from '../network/attachment.js';
import { CniNetwork } from '../network/cni/cni-network.js';
import type { IpRange } from '../network/ip-range.js';
import { PodNetwork } from '../network/pod-network.js';
import { decideNetwork, type NetworkOptions, type NetworkSettings, settingsOf } from '../network/settings.js';
import { readNetworkSettings, writeNetworkSettings } from '../network/settings-record.js';
import { createSandbox } from '../sandbox/create.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import type { SandboxSpec } from '../sandbox/spec.js';

export interface RuntimeNetworkOptions {
  readonly host: Host;
  readonly network: NetworkOptions;
  readonly warn: (message: string) => void;
  /** The bridge is there, with these addresses of its own; `dns` is what the settings say of names. */
  readonly onUp: (addresses: readonly IpRange[], dns?: boolean) => Promise<void>;
  /** It is about to go. */
  readonly onDown: () => Promise<void>;
}

/**
 * The network's part of the pod engine's port to the kernel: sandboxes with the network their spec asks for, on our own
 * bridge or, where the root is set so, on what CNI plugins make.
 */
export class RuntimeNetwork {
  readonly #options: RuntimeNetworkOptions;
  readonly #names = new Map<string, string>();
  readonly #adopted = new Map<string, Attachment>();
  readonly #connected = new Set<string>();
  #bridge: PodNetwork | undefined;
  #cni: CniNetwork | undefined;
  #isCni = false;

  constructor(options: RuntimeNetworkOptions) {
    this.#options = options;
  }

  /** A sandbox of a former engine. To be told before `settle`. */
  adopt({ record }: Sandbox): void {
    const { podUid, podName } = record.spec;
    this.#names.set(podUid, podName);
    if (record.attachment !== undefined) this.#adopted.set(podUid, record.attachment);
    if (record.connection !== undefined) this.#connected.add(podUid);
  }

  /**
   * Decides what the network is and puts it right for the pods that were adopted. Rejects with PEAPOD_CONFLICT when what
   * is asked for cannot be had with them, and with PEAPOD_USAGE.
   */
  async settle(): Promise<void> {
    const { host, network: options, warn } = this.#options;
    const { networkSettings: settingsPath, networkCursor: cursorPath } = host.paths;
    const attachments = [...this.#adopted.values()];
    const stored = await this.#readSettings(settingsPath);
    const pods = attachments.map((attachment) => ({ name: this.#nameOf(attachment.podUid), attachment }));
    const settings = decideNetwork({ options, stored, rootName: host.name, pods });
    if (JSON.stringify(settings) !== JSON.stringify(stored))
      await writeNetworkSettings(settingsPath, settings);
    this.#isCni = settings.cni !== undefined;
    this.#cni = new CniNetwork({ confDir: '', ...settings.cni, recordDirectory: host.paths.cni });
    const nameOf = (podUid: string) => this.#nameOf(podUid);
    const onUp = (addresses: readonly IpRange[]) => this.#options.onUp(addresses, settings.dns);
    const { onDown } = this.#options;
    const { name: rootName } = host;
    this.#bridge = new PodNetwork({
      rootName,
      settings,
      settingsPath,
      cursorPath,
      warn,
      nameOf,
      onUp,
      onDown,
    });
    await this.#bridge.adopt(attachments);
    await this.#disconnectLost(this.#cni);
  }

  /** As the waist's own, with the pod's network; on the bridge its ports are published. */
  async createSandbox(spec: SandboxSpec, ports: readonly PublishedPort[]): Promise<Sandbox> {
    this.#names.set(spec.podUid, spec.podName);
    if (spec.network !== 'pod') return await this.#createUnpublished(spec, ports);
    return this.#isCni ? await this.#createConnected(spec, ports) : await this.#createAttached(spec, ports);
  }

  async removeSandbox(sandbox: Sandbox): Promise<void> {
    const { podUid } = sandbox.record.spec;
    // While pause runs: plugins want to see the namespace once more. Nothing happens where they did nothing.
    if (this.#isCni || this.#connected.has(podUid)) await this.#cni?.del(podUid);
    this.#connected.delete(podUid);
    await sandbox.remove();
    await this.#bridge?.release({ podUid });
    this.#names.delete(podUid);
  }

  /** Publishes these ports and no others. Rejects with PEAPOD_PORT_TAKEN and the like, and changes nothing then. */
  async setPorts(sandbox: Sandbox, ports: readonly PublishedPort[]): Promise<void> {
    const { attachment, spec } = sandbox.record;
    if (attachment === undefined) {
      throw new PeapodError('PEAPOD_UNSUPPORTED', 'Cannot publish ports of a pod that is not on the bridge');
    }
    if (this.#bridge === undefined) {
      // They are published with all others' when the network is settled.
      this.#adopted.set(spec.podUid, { ...attachment, ports });
      sandbox.update({ attachment: { ...attachment, ports } });
      return;
    }
    sandbox.update({ attachment: await this.#bridge.setPorts(spec.podUid, ports) });
  }

  /** The bridge and the firewall. Not before `settle`. */
  get bridge(): PodNetwork {
    if (this.#bridge === undefined)
      throw new PeapodError('PEAPOD_NETWORK_UNAVAILABLE', 'The network is not settled');
    return this.#bridge;
  }

  async close(): Promise<void> {
    await this.#bridge?.close();
  }

  /** A record that cannot be used is told and made anew, from what pods have if there are some. */
  async #readSettings(path: string): Promise<NetworkSettings | undefined> {
    try {
      return await readNetworkSettings(path);
    } catch (error) {
      this.#options.warn((error as Error).message);
      return settingsOf([...this.#adopted.values()]);
    }
  }

  #nameOf(podUid: string): string {
    return this.#names.get(podUid) ?? podUid;
  }

  async #createUnpublished(spec: SandboxSpec, ports: readonly PublishedPort[]): Promise<Sandbox> {
    if (ports.length > 0) {
      throw new PeapodError(
        'PEAPOD_UNSUPPORTED',
        'Cannot publish ports of a pod without a network of its own',
      );
    }
    return await createSandbox(this.#options.host, spec);
  }

  async #createAttached(spec: SandboxSpec, ports: readonly PublishedPort[]): Promise<Sandbox> {
    const { podUid, attempt } = spec;
    const link = await this.bridge.link({ podUid, attempt, ports });
    try {
      return await createSandbox(this.#options.host, spec, link);
    } catch (error) {
      await this.bridge.release({ podUid });
      if ((error as Partial<PeapodError>).details?.op === 'netlink') await this.bridge.renew();
      throw error;
    }
  }

  async #createConnected(spec: SandboxSpec, ports: readonly PublishedPort[]): Promise<Sandbox> {
    const { podUid, podName: name, podNamespace: namespace } = spec;
    const sandbox = await createSandbox(this.#options.host, spec);
    try {
      const added = await this.#cni?.add({ podUid, name, namespace, ports, pause: sandbox.record });
      this.#connected.add(podUid);
      sandbox.update({ connection: { addresses: added?.addresses.map(({ address }) => address) ?? [] } });
      return sandbox;
    } catch (error) {
      await sandbox.remove();
      throw error;
    }
  }

  /** What a former engine connected, or was about to, of pods that are gone. */
  async #disconnectLost(cni: CniNetwork): Promise<void> {
    for (const podUid of cni.recorded().filter((uid) => !this.#connected.has(uid))) {
      await cni.del(podUid).catch((error) => this.#options.warn(error.message));
    }
  }
}

/** The addresses of a pod, IPv4 first; none with the host's network. */
export function addressesOf({ record }: Sandbox): readonly string[] {
  return record.connection?.addresses ?? record.attachment?.addresses.map(({ address }) => address) ?? [];
}
