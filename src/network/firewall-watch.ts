import { listenNetlink, type NetlinkNews } from '../kernel/netlink-listener.js';
import type { ReceivedMessage } from '../kernel/netlink-message.js';
import {
  NETLINK_NETFILTER,
  NFNL_SUBSYS_NFTABLES,
  NFNLGRP_NFTABLES,
  parseNetfilterMessage,
} from '../kernel/nfnetlink.js';
import * as nft from './nft/numbers.js';

/** Changes that take something away, or, of a table, may have put it to sleep (its dormant flag). */
const losses: readonly number[] = [
  nft.NFT_MSG_NEWTABLE,
  nft.NFT_MSG_DELTABLE,
  nft.NFT_MSG_DELCHAIN,
  nft.NFT_MSG_DELRULE,
  nft.NFT_MSG_DELSET,
  nft.NFT_MSG_DELSETELEM,
  nft.NFT_MSG_DELOBJ,
];

/** From the first loss until it is told: a reload of somebody's rules is several transactions. */
const settleMs = 100;

export interface TableWatch {
  /** Of our tables, of whatever family. */
  readonly name: string;
  /** Whether a change was made by a socket of ours. */
  isOwn(portId: number): boolean;
  onLost(): void;
}

/** The ports of those who took something from tables of that name; 'lost' when it cannot be known. */
export function findLosses(news: NetlinkNews, name: string): readonly number[] | 'lost' {
  if (news === 'lost') return news;
  return news.filter((message) => isLoss(message, name)).map(({ portId }) => portId);
}

/**
 * Calls `onLost` a moment after somebody else removed tables of ours or something in them, once for what happens
 * together; and, as nobody knows then, after more changes than the socket could hold. Does not keep the process alive.
 */
export function watchTables({ name, isOwn, onLost }: TableWatch): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let suspects: number[] = [];
  let isCertain = false;
  // Only now is it known which ports are ours: news of a change comes before the answer to who asked for it.
  const decide = () => {
    const isLost = isCertain || suspects.some((portId) => !isOwn(portId));
    timer = undefined;
    suspects = [];
    isCertain = false;
    if (isLost) onLost();
  };
  const listener = listenNetlink(NETLINK_NETFILTER, NFNLGRP_NFTABLES, (news) => {
    const found = findLosses(news, name);
    if (found === 'lost') isCertain = true;
    else suspects.push(...found);
    if (isCertain || suspects.length > 0) timer ??= setTimeout(decide, settleMs).unref();
  });
  return {
    close() {
      clearTimeout(timer);
      listener.close();
    },
  };
}

function isLoss(message: ReceivedMessage, name: string): boolean {
  const { subsystem, message: number, attributes } = parseNetfilterMessage(message);
  if (subsystem !== NFNL_SUBSYS_NFTABLES || !losses.includes(number)) return false;
  return attributes.get(nft.NFTA_TABLE)?.toString() === `${name}\0`;
}
