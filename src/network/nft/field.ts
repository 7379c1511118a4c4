import type { DatatypeName } from './datatype.js';
import type { Expression } from './expression.js';
import {
  NFT_CT_STATUS,
  NFT_FIB_RESULT_ADDRTYPE,
  NFT_META_IIFGROUP,
  NFT_META_IIFNAME,
  NFT_META_L4PROTO,
  NFT_META_NFPROTO,
  NFT_META_OIFNAME,
  NFT_PAYLOAD_LL_HEADER,
  NFT_PAYLOAD_NETWORK_HEADER,
  NFT_PAYLOAD_TRANSPORT_HEADER,
  NFTA_FIB_F_DADDR,
} from './numbers.js';

/** An expression that fills registers, but for the register. */
type Load<E> = E extends { to: number } ? Omit<E, 'to'> : never;

interface Field {
  readonly type: DatatypeName;
  readonly load: Load<Exclude<Expression, { kind: 'immediate' | 'mapping' | 'bitwise' }>>;
}

const link = (offset: number, length: number) => payload(NFT_PAYLOAD_LL_HEADER, offset, length);
const network = (offset: number, length: number) => payload(NFT_PAYLOAD_NETWORK_HEADER, offset, length);
const transport = (offset: number, length: number) => payload(NFT_PAYLOAD_TRANSPORT_HEADER, offset, length);

/** What can be asked of a packet, under the names nft has for it. */
export const fields = {
  iifname: { type: 'ifname', load: { kind: 'meta', key: NFT_META_IIFNAME } },
  iifgroup: { type: 'devgroup', load: { kind: 'meta', key: NFT_META_IIFGROUP } },
  oifname: { type: 'ifname', load: { kind: 'meta', key: NFT_META_OIFNAME } },
  'meta nfproto': { type: 'nf_proto', load: { kind: 'meta', key: NFT_META_NFPROTO } },
  'meta l4proto': { type: 'inet_proto', load: { kind: 'meta', key: NFT_META_L4PROTO } },
  'ether daddr': { type: 'ether_addr', load: link(0, 6) },
  'ether saddr': { type: 'ether_addr', load: link(6, 6) },
  // Of the frame itself: meta protocol is what a VLAN tag hides.
  'ether type': { type: 'ether_type', load: link(12, 2) },
  'arp saddr ether': { type: 'ether_addr', load: network(8, 6) },
  'arp saddr ip': { type: 'ipv4_addr', load: network(14, 4) },
  'ip saddr': { type: 'ipv4_addr', load: network(12, 4) },
  'ip daddr': { type: 'ipv4_addr', load: network(16, 4) },
  'ip6 saddr': { type: 'ipv6_addr', load: network(8, 16) },
  'ip6 daddr': { type: 'ipv6_addr', load: network(24, 16) },
  'th sport': { type: 'inet_service', load: transport(0, 2) },
  'th dport': { type: 'inet_service', load: transport(2, 2) },
  'icmpv6 type': { type: 'icmpv6_type', load: transport(0, 1) },
  'icmpv6 taddr': { type: 'ipv6_addr', load: transport(8, 16) },
  'ct status': { type: 'ct_status', load: { kind: 'ct', key: NFT_CT_STATUS } },
  'fib daddr type': {
    type: 'fib_addrtype',
    load: { kind: 'fib', result: NFT_FIB_RESULT_ADDRTYPE, flags: NFTA_FIB_F_DADDR },
  },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof fields;

/** Puts a field into registers from `to` on. */
export function load(field: FieldName, to: number): Expression {
  return { ...fields[field].load, to };
}

function payload(base: number, offset: number, length: number) {
  return { kind: 'payload', base, offset, length } as const;
}
