import { buildNatTable } from './firewall-nat-rules.js';
import { buildSourceTable } from './firewall-source-rules.js';
import type { Table } from './nft/table.js';

/** Addresses that pods are given. */
export interface FirewallRange {
  readonly family: 4 | 6;
  /** `10.85.0.0/16` */
  readonly cidr: string;
}

export interface FirewallOptions {
  /** Of the root: both tables are called that. */
  readonly name: string;
  /** The bridge's name. */
  readonly bridge: string;
  readonly ranges: readonly FirewallRange[];
}

/** All that does not change when pods come and go. */
export interface Ruleset {
  /** Published ports, and addresses on the way out. */
  readonly inet: Table;
  /** What pods may send. */
  readonly bridge: Table;
}

/** The ruleset of a root, whose number of rules depends on nothing but the number of ranges. */
export function buildRuleset(options: FirewallOptions): Ruleset {
  return { inet: buildNatTable(options), bridge: buildSourceTable(options.name) };
}
