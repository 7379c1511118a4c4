import { answeredOnce, type NetlinkRequest } from './netlink.js';
import { attribute, type NetlinkMessage, parseAttributes } from './netlink-message.js';

/**
 * Netfilter's own framing on top of netlink (include/uapi/linux/netfilter/nfnetlink.h): a struct nfgenmsg, then
 * attributes, whose numbers are in network order.
 */

export const NETLINK_NETFILTER = 12;
export const NFNL_SUBSYS_CTNETLINK = 1;
export const NFNL_SUBSYS_NFTABLES = 10;
/** The multicast group that hears of every change to nftables. */
export const NFNLGRP_NFTABLES = 7;

const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
const nfgenmsgBytes = 4;

export interface NetfilterMessage {
  /** NFNL_SUBSYS_ number. */
  readonly subsystem: number;
  /** The subsystem's own number: NFT_MSG_, IPCTNL_MSG_CT_. */
  readonly message: number;
  /** NFPROTO_ number. */
  readonly family: number;
}

export interface NetfilterRequest extends NetfilterMessage {
  readonly flags: number;
  readonly attributes: readonly Buffer[];
  readonly action: string;
}

export function buildNetfilterRequest(request: NetfilterRequest): NetlinkRequest {
  const { subsystem, message, family, flags, attributes, action } = request;
  const payload = encodeNetfilterPayload(family, attributes);
  return { type: (subsystem << 8) | message, flags, payload, action };
}

/** A struct nfgenmsg and attributes. */
export function encodeNetfilterPayload(family: number, attributes: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(family, 0, 0, 0), ...attributes]);
}

/**
 * Puts requests to one subsystem between the messages that make them a transaction: all are carried out at once, or
 * none. Only the last is answered when all goes well; when not, each that failed is, or the first message of the batch.
 */
export function buildBatch(subsystem: number, requests: readonly NetlinkRequest[]): NetlinkRequest[] {
  return [...buildTrial(subsystem, requests), frame(NFNL_MSG_BATCH_END, subsystem)];
}

/** The same without an end: the kernel checks the requests and carries none of them out. */
export function buildTrial(subsystem: number, requests: readonly NetlinkRequest[]): NetlinkRequest[] {
  return [frame(NFNL_MSG_BATCH_BEGIN, subsystem), ...answeredOnce(requests)];
}

/** What a message says of itself, and its attributes. */
export function parseNetfilterMessage(
  message: NetlinkMessage,
): NetfilterMessage & { attributes: Map<number, Buffer> } {
  return {
    subsystem: message.type >> 8,
    message: message.type & 0xff,
    family: message.payload[0] ?? 0,
    attributes: parseAttributes(message.payload.subarray(nfgenmsgBytes)),
  };
}

export function uint32Attribute(type: number, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value | 0);
  return attribute(type, bytes);
}

/** Text with the NUL the kernel wants at its end. */
export function textAttribute(type: number, text: string): Buffer {
  return attribute(type, `${text}\0`);
}

/** Its action names what a failure of the whole batch means: no such subsystem, or no privilege. */
function frame(type: number, subsystem: number): NetlinkRequest {
  const payload = Buffer.of(0, 0, subsystem >> 8, subsystem & 0xff);
  return { type, flags: 0, payload, action: 'change the packet filter', quiet: true };
}
