import { hasCode, PeapodError, type SystemError } from '../errors.js';
import type { NetlinkRequest } from '../kernel/netlink.js';
import type { Attachment, PublishedPort } from './attachment.js';
import { type Elements, podElements, portElements } from './firewall-elements.js';
import { describeMissing, findMissing } from './firewall-features.js';
import { buildRuleset, type FirewallOptions, type Ruleset } from './firewall-rules.js';
import { watchTables } from './firewall-watch.js';
import { NftConnection } from './nft/connection.js';
import { buildCounterQuery, type Counted, parseCounters } from './nft/counters.js';
import { buildAddition, buildRemoval } from './nft/elements.js';
import { buildTable, buildTableRemoval, type Table } from './nft/table.js';
import { describePort } from './port-error.js';
import { requireSctp } from './sctp-support.js';
import { forgetUdpFlows } from './udp-flows.js';

/** What a counter has seen since the tables were installed. */
export interface FirewallCounter extends Counted {
  /** `spoofed-ipv4`, `published`; address translation counts connections, by their first packets. */
  readonly name: string;
  /** What it counts is dropped. */
  readonly isDrop: boolean;
}

/**
 * The two nftables tables of a root, both called like it. Their rules are constant; a pod or a port is a few elements
 * of sets. Every change is one transaction. It remembers no pods: whoever uses it knows the attachments.
 *
 * Its methods throw PEAPOD_FIREWALL_UNAVAILABLE (the kernel lacks something), PEAPOD_FIREWALL_LOST (the tables are not
 * there, or not whole: `install` again), PEAPOD_PORT_TAKEN, PEAPOD_UNSUPPORTED, or a SystemError such as EPERM.
 */
export class Firewall {
  readonly #name: string;
  readonly #ruleset: Ruleset;
  readonly #connection: NftConnection;
  #pinned = true;

  /** Makes nothing. */
  constructor(options: FirewallOptions, connection = new NftConnection()) {
    this.#connection = connection;
    this.#name = options.name;
    this.#ruleset = buildRuleset(options);
  }

  /** False when the kernel has no nftables for bridges: pods can claim each other's addresses then. */
  get pinned(): boolean {
    return this.#pinned;
  }

  /** Puts both tables, with the elements of all pods, in the place of those that are there. */
  async install(attachments: readonly Attachment[]): Promise<void> {
    const pods = attachments.map(podElements);
    this.#pinned = true;
    const failure = await this.#replaceTables(pods);
    if (failure === undefined) return;
    const missing = await findMissing(this.#connection).catch(() => []);
    const reason = describeMissing(failure, missing);
    if (reason !== undefined || missing.length === 0) throw reason ?? failure;
    this.#pinned = false;
    const second = await this.#replaceTables(pods);
    if (second !== undefined) throw second;
  }

  /** Lets a pod send, and opens its ports. What is there already is no error. */
  async add(attachment: Attachment): Promise<void> {
    await this.#commit(this.#additionOf(attachment));
    await this.forgetFlows(attachment);
  }

  /** Takes back all of {@link add}, or what is left of it. */
  async remove(attachment: Attachment): Promise<void> {
    const removals = this.#changes(podElements(attachment), `pod ${attachment.podUid}`, buildRemoval);
    await this.#connection.commitExisting(removals);
    await this.forgetFlows(attachment);
  }

  /** Opens one port more of a pod. */
  async addPort(attachment: Attachment, port: PublishedPort): Promise<void> {
    requireSctp([port]);
    const elements = portElements(attachment, port);
    await this.#commit(buildAddition(this.#ruleset.inet, elements, `publish ${describePort(port)}`));
    await this.forgetFlows(attachment, [port]);
  }

  /** Closes one port of a pod; no error if it is closed. */
  async removePort(attachment: Attachment, port: PublishedPort): Promise<void> {
    const elements = portElements(attachment, port);
    const removals = buildRemoval(this.#ruleset.inet, elements, `close ${describePort(port)}`);
    await this.#connection.commitExisting(removals);
    await this.forgetFlows(attachment, [port]);
  }

  /**
   * Makes UDP flows to ports of a pod that were just opened or closed begin anew; nothing for other protocols. It takes
   * tens of milliseconds where connection tracking has a large table, and never throws.
   */
  async forgetFlows({ addresses, ports }: Attachment, some = ports): Promise<void> {
    const families = addresses.map(({ family }) => family);
    await forgetUdpFlows(this.#connection, some, [...new Set(families)]);
  }

  /** Removes both tables; no error if they are gone. */
  async uninstall(): Promise<void> {
    const { inet, bridge } = this.#ruleset;
    const removals = [inet, bridge].map((table) => buildTableRemoval(table));
    try {
      await this.#connection.commitExisting(removals);
    } catch (error) {
      // Without nf_tables there is no table.
      if (!hasCode(error, 'ENOTSUP') && !hasCode(error, 'EPROTONOSUPPORT')) throw error;
    }
  }

  /** What was counted, drops first; nothing when the tables are gone. */
  async counters(): Promise<FirewallCounter[]> {
    const { inet, bridge } = this.#ruleset;
    const found = new Map<string, Counted>();
    for (const table of this.#tables()) {
      const answers = await this.#connection.ask(buildCounterQuery(table));
      for (const [name, counted] of parseCounters(answers)) found.set(name, counted);
    }
    const names = [...bridge.counters, ...inet.counters].filter((name) => found.has(name));
    return names
      .map((name) => ({ name, isDrop: isDrop(name), packets: 0, bytes: 0, ...found.get(name) }))
      .sort((one, other) => Number(other.isDrop) - Number(one.isDrop));
  }

  /**
   * Calls back a moment after somebody else removed the tables or something in them, or when that may have happened unseen.
   * Changes through this object are not told.
   */
  watch(onLost: () => void): { close(): void } {
    return watchTables({ name: this.#name, isOwn: (portId) => this.#connection.isOwn(portId), onLost });
  }

  /** Gives the socket back; the tables stay. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  #tables(): readonly Table[] {
    const { inet, bridge } = this.#ruleset;
    return this.#pinned ? [inet, bridge] : [inet];
  }

  /** Why it could not be done. */
  async #replaceTables(pods: readonly Elements[]): Promise<SystemError | undefined> {
    const elements = {
      inet: pods.flatMap(({ inet }) => inet),
      bridge: pods.flatMap(({ bridge }) => bridge),
    };
    const additions = this.#changes(elements, 'all pods', buildAddition);
    const requests = [...this.#tables().flatMap(buildTable), ...additions];
    return await this.#connection.commit(requests).then(
      () => undefined,
      (error) => error,
    );
  }

  #additionOf(attachment: Attachment): NetlinkRequest[] {
    requireSctp(attachment.ports);
    return this.#changes(podElements(attachment), `pod ${attachment.podUid}`, buildAddition);
  }

  /** The requests that add or remove elements of both tables. */
  #changes(elements: Elements, what: string, build: typeof buildAddition): NetlinkRequest[] {
    const { inet, bridge } = this.#ruleset;
    return [
      ...build(inet, elements.inet, `change the published ports of ${what}`),
      ...(this.#pinned ? build(bridge, elements.bridge, `change the addresses of ${what}`) : []),
    ];
  }

  async #commit(requests: readonly NetlinkRequest[]): Promise<void> {
    await this.#connection.commit(requests).catch((error) => {
      throw explain(error, this.#name);
    });
  }
}

/** The counters of connections that are let through; everything else that is counted is dropped. */
const passing: readonly string[] = ['published', 'masqueraded', 'hairpin', 'loopback'];

function isDrop(counter: string): boolean {
  return !passing.includes(counter);
}

function explain(error: SystemError, name: string): Error {
  if (hasCode(error, 'ENOENT')) {
    return new PeapodError('PEAPOD_FIREWALL_LOST', `${error.message}: the tables "${name}" are not whole`, {
      hint: 'Something else on this host removed them, as "nft flush ruleset" does; they are put back by themselves',
      cause: error,
    });
  }
  if (!hasCode(error, 'EEXIST') && !hasCode(error, 'EBUSY')) return error;
  return new PeapodError('PEAPOD_PORT_TAKEN', `${error.message}: another pod has the port`, { cause: error });
}
