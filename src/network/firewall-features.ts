import { hasCode, PeapodError } from '../errors.js';
import type { NftConnection } from './nft/connection.js';
import { count, hasBit, is, isIn, mapTo, masquerade, translateTo, type Words } from './nft/match.js';
import { NFPROTO_BRIDGE, NFPROTO_INET, NFPROTO_IPV4, RTN_LOCAL } from './nft/numbers.js';
import { buildTable, type Hook, type NftSet, type Table } from './nft/table.js';

/** Something the firewall needs of the kernel, with the smallest table that needs it. */
interface Feature {
  /** `… is missing`. */
  readonly what: string;
  /** Of modprobe(8). */
  readonly module: string;
  /** Without it pods have a network, but may claim each other's addresses. */
  readonly isOptional?: true;
  readonly table: Table;
}

const filter: Hook = { type: 'filter', number: 0, priority: 0 };
const nat: Hook = { type: 'nat', number: 0, priority: -100 };
const sourceNat: Hook = { type: 'nat', number: 4, priority: 100 };

const pairs: NftSet = {
  name: 'pairs',
  key: ['inet_proto', 'inet_service'],
  data: ['ipv4_addr', 'inet_service'],
};
const names: NftSet = { name: 'names', key: ['ifname', 'ether_addr'] };

const features: readonly Feature[] = [
  { what: 'its inet family', module: 'nf_tables_inet', table: trial(NFPROTO_INET, filter) },
  { what: 'address translation', module: 'nft_chain_nat', table: trial(NFPROTO_INET, nat) },
  {
    what: 'the fib expression',
    module: 'nft_fib_inet',
    table: trial(NFPROTO_INET, filter, is('fib daddr type', RTN_LOCAL)),
  },
  { what: 'the ct expression', module: 'nft_ct', table: trial(NFPROTO_INET, filter, hasBit('ct status', 1)) },
  {
    what: 'the nat expression',
    module: 'nft_nat',
    table: trial(NFPROTO_INET, nat, [
      ...is('meta nfproto', NFPROTO_IPV4),
      ...mapTo('pairs', 'meta l4proto', 'th dport'),
      ...translateTo(NFPROTO_IPV4, 'ipv4_addr'),
    ]),
  },
  {
    what: 'the masquerade expression',
    module: 'nft_masq',
    table: trial(NFPROTO_INET, sourceNat, masquerade),
  },
  { what: 'counters', module: 'nft_counter', table: trial(NFPROTO_INET, filter, count('counter')) },
  {
    what: 'its bridge family',
    module: 'nf_tables_bridge',
    isOptional: true,
    table: trial(NFPROTO_BRIDGE, filter, isIn('names', 'iifname', 'ether saddr')),
  },
];

/** What the kernel lacks, found by asking it to check a table for each thing; nothing is changed. */
export async function findMissing(connection: NftConnection): Promise<readonly Feature[]> {
  const missing: Feature[] = [];
  for (const feature of features) {
    const error = await connection.check(buildTable(feature.table));
    if (error !== undefined) missing.push(feature);
  }
  return missing;
}

/** The error that says what the firewall cannot do without; undefined if that is not why it could not be made. */
export function describeMissing(cause: unknown, missing: readonly Feature[]): PeapodError | undefined {
  if (hasCode(cause, 'EPROTONOSUPPORT')) return unavailable('nfnetlink', 'nfnetlink', cause);
  if (hasCode(cause, 'ENOTSUP')) return unavailable('nf_tables', 'nf_tables', cause);
  const needed = missing.filter(({ isOptional }) => !isOptional);
  if (needed.length === 0) return undefined;
  const what = needed.map((feature) => feature.what).join(', ');
  return unavailable(`${what} of nf_tables`, needed.map(({ module }) => module).join(' '), cause);
}

function unavailable(what: string, modules: string, cause: unknown): PeapodError {
  return new PeapodError(
    'PEAPOD_FIREWALL_UNAVAILABLE',
    `Cannot make the firewall: the kernel lacks ${what}`,
    {
      hint: `Load what is missing: modprobe -a ${modules}; or give pods another network: hostNetwork, none, cni:DIR`,
      details: { modules: modules.split(' ') },
      cause,
    },
  );
}

function trial(family: number, hook: Hook, rule: Words = []): Table {
  const isPairs = family === NFPROTO_INET;
  return {
    family,
    name: 'peapod-trial',
    counters: family === NFPROTO_INET ? ['counter'] : [],
    sets: [isPairs ? pairs : names],
    chains: [{ name: 'trial', hook, rules: rule.length === 0 ? [] : [rule] }],
  };
}
