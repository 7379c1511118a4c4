import type { NetlinkRequest } from '../../kernel/netlink.js';
import { attribute, NLM_F_APPEND, NLM_F_CREATE, nested } from '../../kernel/netlink-message.js';
import {
  buildNetfilterRequest,
  NFNL_SUBSYS_NFTABLES,
  textAttribute,
  uint32Attribute,
} from '../../kernel/nfnetlink.js';
import { concatenationBytes, concatenationId, type DatatypeName } from './datatype.js';
import { encodeExpression } from './expression.js';
import type { Words } from './match.js';
import * as nft from './numbers.js';

/** Where in the kernel's path of a packet a chain is called. */
export interface Hook {
  readonly type: 'filter' | 'nat';
  /** NF_INET_ or NF_BR_ number. */
  readonly number: number;
  /** Lower is earlier. */
  readonly priority: number;
}

export interface Chain {
  readonly name: string;
  /** Absent: it is called by other chains only. */
  readonly hook?: Hook;
  readonly rules: readonly Words[];
}

/** A hashed set of concatenated values, or a map from them to others. */
export interface NftSet {
  readonly name: string;
  readonly key: readonly DatatypeName[];
  readonly data?: readonly DatatypeName[];
}

/** A table as it is to be: all that does not change when pods come and go. */
export interface Table {
  /** NFPROTO_INET or NFPROTO_BRIDGE. */
  readonly family: number;
  readonly name: string;
  readonly counters: readonly string[];
  readonly sets: readonly NftSet[];
  readonly chains: readonly Chain[];
}

const familyNames: Readonly<Record<number, string>> = {
  [nft.NFPROTO_INET]: 'inet',
  [nft.NFPROTO_BRIDGE]: 'bridge',
};

export function describeTable({ family, name }: Pick<Table, 'family' | 'name'>): string {
  return `table ${familyNames[family]} ${name}`;
}

/** Makes a table with all that is in it, in place of one of that name. */
export function buildTable(table: Table): NetlinkRequest[] {
  return [
    // Made first if need be, so that there is one to remove.
    buildBareTable(table),
    buildTableRemoval(table),
    buildBareTable(table),
    ...table.counters.map((counter) => buildCounter(table, counter)),
    ...table.sets.map((set, index) => buildSet(table, set, index + 1)),
    ...table.chains.map((chain) => buildChain(table, chain)),
    ...table.chains.flatMap((chain) => chain.rules.map((rule) => buildRule(table, chain.name, rule))),
  ];
}

/** Removes a table with all that is in it; ENOENT if it is not there. */
export function buildTableRemoval(table: Pick<Table, 'family' | 'name'>): NetlinkRequest {
  return build(table, { message: nft.NFT_MSG_DELTABLE, flags: 0, action: 'remove' });
}

function buildBareTable(table: Table): NetlinkRequest {
  return build(table, { message: nft.NFT_MSG_NEWTABLE, action: 'make' });
}

function buildCounter(table: Table, counter: string): NetlinkRequest {
  return build(table, {
    message: nft.NFT_MSG_NEWOBJ,
    action: `make counter ${counter} in`,
    attributes: [
      textAttribute(nft.NFTA_OBJ_NAME, counter),
      uint32Attribute(nft.NFTA_OBJ_TYPE, nft.NFT_OBJECT_COUNTER),
      nested(nft.NFTA_OBJ_DATA, []),
    ],
  });
}

/**
 * For nft, which takes a single name for a big-endian number otherwise: NFTNL_UDATA_SET_KEYBYTEORDER (0), 4 bytes,
 * BYTEORDER_HOST_ENDIAN (1). Of single values, peapod has sets of names only.
 */
const namesInHostOrder = attribute(nft.NFTA_SET_USERDATA, Buffer.of(0, 4, 1, 0, 0, 0));

/** `id` names the set within its batch. */
function buildSet(table: Table, { name, key, data }: NftSet, id: number): NetlinkRequest {
  return build(table, {
    message: nft.NFT_MSG_NEWSET,
    action: `make set ${name} in`,
    attributes: [
      textAttribute(nft.NFTA_SET_NAME, name),
      uint32Attribute(nft.NFTA_SET_FLAGS, data === undefined ? 0 : nft.NFT_SET_MAP),
      uint32Attribute(nft.NFTA_SET_KEY_TYPE, concatenationId(key)),
      uint32Attribute(nft.NFTA_SET_KEY_LEN, concatenationBytes(key)),
      uint32Attribute(nft.NFTA_SET_ID, id),
      ...(data === undefined ? [] : describeData(data)),
      ...(key.length === 1 ? [namesInHostOrder] : []),
    ],
  });
}

function describeData(data: readonly DatatypeName[]): Buffer[] {
  return [
    uint32Attribute(nft.NFTA_SET_DATA_TYPE, concatenationId(data)),
    uint32Attribute(nft.NFTA_SET_DATA_LEN, concatenationBytes(data)),
  ];
}

function buildChain(table: Table, { name, hook }: Chain): NetlinkRequest {
  return build(table, {
    message: nft.NFT_MSG_NEWCHAIN,
    action: `make chain ${name} in`,
    attributes: [textAttribute(nft.NFTA_CHAIN_NAME, name), ...(hook === undefined ? [] : describeHook(hook))],
  });
}

function describeHook({ type, number, priority }: Hook): Buffer[] {
  return [
    nested(nft.NFTA_CHAIN_HOOK, [
      uint32Attribute(nft.NFTA_HOOK_HOOKNUM, number),
      uint32Attribute(nft.NFTA_HOOK_PRIORITY, priority),
    ]),
    textAttribute(nft.NFTA_CHAIN_TYPE, type),
    uint32Attribute(nft.NFTA_CHAIN_POLICY, nft.NF_ACCEPT),
  ];
}

function buildRule(table: Table, chain: string, rule: Words): NetlinkRequest {
  return build(table, {
    message: nft.NFT_MSG_NEWRULE,
    flags: NLM_F_CREATE | NLM_F_APPEND,
    action: `make a rule of chain ${chain} in`,
    attributes: [
      textAttribute(nft.NFTA_RULE_CHAIN, chain),
      nested(nft.NFTA_RULE_EXPRESSIONS, rule.map(encodeExpression)),
    ],
  });
}

interface Change {
  readonly message: number;
  /** What is done to the table. */
  readonly action: string;
  /** NLM_F_CREATE when absent. */
  readonly flags?: number;
  /** After the table's name. */
  readonly attributes?: readonly Buffer[];
}

function build(table: Pick<Table, 'family' | 'name'>, change: Change): NetlinkRequest {
  const { message, action, flags = NLM_F_CREATE, attributes = [] } = change;
  return buildNetfilterRequest({
    subsystem: NFNL_SUBSYS_NFTABLES,
    message,
    family: table.family,
    flags,
    attributes: [textAttribute(nft.NFTA_TABLE, table.name), ...attributes],
    action: `${action} ${describeTable(table)}`,
  });
}
