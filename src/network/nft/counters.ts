import type { NetlinkRequest } from '../../kernel/netlink.js';
import { type NetlinkMessage, NLM_F_DUMP, parseAttributes } from '../../kernel/netlink-message.js';
import {
  buildNetfilterRequest,
  NFNL_SUBSYS_NFTABLES,
  parseNetfilterMessage,
  textAttribute,
} from '../../kernel/nfnetlink.js';
import * as nft from './numbers.js';
import { describeTable, type Table } from './table.js';

export interface Counted {
  readonly packets: number;
  readonly bytes: number;
}

/** Asks for the objects of a table; none if there is no such table. */
export function buildCounterQuery(table: Table): NetlinkRequest {
  return buildNetfilterRequest({
    subsystem: NFNL_SUBSYS_NFTABLES,
    message: nft.NFT_MSG_GETOBJ,
    family: table.family,
    flags: NLM_F_DUMP,
    attributes: [textAttribute(nft.NFTA_TABLE, table.name)],
    action: `read the counters of ${describeTable(table)}`,
  });
}

/** Counters by name. */
export function parseCounters(answers: readonly NetlinkMessage[]): Map<string, Counted> {
  return new Map(answers.map(parseCounter));
}

function parseCounter(answer: NetlinkMessage): [string, Counted] {
  const { attributes } = parseNetfilterMessage(answer);
  const name = attributes.get(nft.NFTA_OBJ_NAME)?.toString('utf8') ?? '';
  const data = parseAttributes(attributes.get(nft.NFTA_OBJ_DATA) ?? Buffer.alloc(0));
  const value = (type: number) => Number(data.get(type)?.readBigUInt64BE() ?? 0n);
  return [
    name.replace(/\0$/, ''),
    { packets: value(nft.NFTA_COUNTER_PACKETS), bytes: value(nft.NFTA_COUNTER_BYTES) },
  ];
}
