import { addressBytes } from './address-bytes.js';
import { recordTypes } from './codes.js';
import { encodeName } from './domain-name.js';
import { buildZone, type DnsRecord, type Zone } from './zone.js';

/** What is known of a name that lies in one of our domains. */
export interface Found {
  readonly zone: Zone;
  /** undefined: there is no such name. Empty: it is there (something is beneath it), and has nothing of its own. */
  readonly records: readonly DnsRecord[] | undefined;
}

/** Looks a name up: lower case, without a final dot. undefined: it is in none of our domains, others may know it. */
export type Lookup = (name: string) => Found | undefined;

interface Node {
  readonly records: DnsRecord[];
  /** How many records there are here and beneath. */
  uses: number;
}

/** The names of a few domains, kept so that a change costs the same however many there are. */
export class NameTable {
  readonly #zones = new Map<string, Zone>();
  readonly #nodes = new Map<string, Node>();

  /** Whatever ends in this domain is ours to answer. */
  addZone(zone: string): void {
    this.#zones.set(zone, buildZone(zone));
  }

  removeZone(zone: string): void {
    this.#zones.delete(zone);
  }

  add(name: string, record: DnsRecord): void {
    for (const ancestor of suffixesOf(name)) {
      const node = this.#nodes.get(ancestor) ?? { records: [], uses: 0 };
      node.uses += 1;
      if (ancestor === name) node.records.push(record);
      this.#nodes.set(ancestor, node);
    }
  }

  /** Takes back what was added with this very record; nothing if it was not. */
  remove(name: string, record: DnsRecord): void {
    const records = this.#nodes.get(name)?.records ?? [];
    const index = records.indexOf(record);
    if (index === -1) return;
    records.splice(index, 1);
    for (const ancestor of suffixesOf(name)) this.#release(ancestor);
  }

  readonly find: Lookup = (name) => {
    const zone = this.#zoneOf(name);
    if (zone === undefined) return undefined;
    return { zone, records: this.#nodes.get(name)?.records ?? (name === zone.name ? [] : undefined) };
  };

  #release(name: string): void {
    const node = this.#nodes.get(name);
    if (node !== undefined && --node.uses === 0) this.#nodes.delete(name);
  }

  #zoneOf(name: string): Zone | undefined {
    for (const suffix of suffixesOf(name)) {
      const zone = this.#zones.get(suffix);
      if (zone !== undefined) return zone;
    }
    return undefined;
  }
}

/** An A or AAAA record; undefined when the text is no address. */
export function addressRecord(address: string): DnsRecord | undefined {
  const data = addressBytes(address);
  return data && { type: data.length === 4 ? recordTypes.A : recordTypes.AAAA, data };
}

/** A PTR record. */
export function pointerRecord(name: string): DnsRecord {
  return { type: recordTypes.PTR, data: encodeName(name) };
}

/** A name, the name around it, and so on; not the root. */
function* suffixesOf(name: string): Generator<string> {
  let rest = name;
  while (rest !== '') {
    yield rest;
    const dot = rest.indexOf('.');
    rest = dot === -1 ? '' : rest.slice(dot + 1);
  }
}
