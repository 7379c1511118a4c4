import { hasCode } from '../errors.js';
import type { NetlinkRequest } from '../kernel/netlink.js';
import {
  attribute,
  type NetlinkMessage,
  NLM_F_DUMP,
  nested,
  parseAttributes,
} from '../kernel/netlink-message.js';
import { buildNetfilterRequest, NFNL_SUBSYS_CTNETLINK, parseNetfilterMessage } from '../kernel/nfnetlink.js';
import { debug } from '../log.js';
import type { PublishedPort } from './attachment.js';
import { encodeAddress } from './ip-range.js';
import type { NftConnection } from './nft/connection.js';
import { NFPROTO_IPV4, NFPROTO_IPV6 } from './nft/numbers.js';

/** Numbers of connection tracking (include/uapi/linux/netfilter/nfnetlink_conntrack.h). */
const IPCTNL_MSG_CT_GET = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_ID = 12;
const CTA_FILTER = 25;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_REPLY_FLAGS = 2;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_DST_PORT = 3;
/** Bits of CTA_FILTER_ORIG_FLAGS, what is compared with the tuple given (since 5.8). */
const byProtocol = 1 << 3;
const byPort = 1 << 5;

const udp = 17;
const none = Buffer.alloc(0);
const log = debug('network');

/** Of one direction of a flow, as the kernel writes it. */
interface Tuple {
  readonly source: Buffer;
  readonly destination: Buffer;
  /** Of the destination. */
  readonly port: Buffer;
}

/**
 * Makes connection tracking forget UDP flows to ports of these families that are published from now on, or no longer: as
 * long as a client goes on sending, the kernel goes on with what it decided at the first packet. It has to look through all
 * flows of the host for it, tens of milliseconds. What cannot be forgotten ends by itself after 30 s of silence, so
 * that a failure is a line in the log and nothing more.
 */
export async function forgetUdpFlows(
  connection: NftConnection,
  ports: readonly PublishedPort[],
  families: readonly (4 | 6)[],
): Promise<void> {
  const concerned = ports.filter(({ protocol }) => protocol === 'UDP');
  if (concerned.length === 0) return;
  for (const family of families) {
    await forgetFlows(connection, concerned, family).catch((error) =>
      log('IPv%d UDP flows: %s', family, error),
    );
  }
}

async function forgetFlows(
  connection: NftConnection,
  ports: readonly PublishedPort[],
  family: 4 | 6,
): Promise<void> {
  const flows = await connection.ask(buildQuery(family === 4 ? NFPROTO_IPV4 : NFPROTO_IPV6, ports));
  const removals = flows.filter((flow) => ports.some((port) => isConcerned(flow, port))).map(buildRemoval);
  const refusals = removals.length === 0 ? [] : await connection.attemptEach(removals);
  const serious = refusals.find(({ error }) => !hasCode(error, 'ENOENT'));
  if (serious !== undefined) throw serious.error;
}

/** The kernel answers with the flows to that port, or, to look through them once, with all of UDP for several. */
function buildQuery(family: number, ports: readonly PublishedPort[]): NetlinkRequest {
  const [{ hostPort } = { hostPort: 0 }] = ports;
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(ports.length === 1 ? byProtocol | byPort : byProtocol);
  return buildNetfilterRequest({
    subsystem: NFNL_SUBSYS_CTNETLINK,
    message: IPCTNL_MSG_CT_GET,
    family,
    flags: NLM_F_DUMP,
    attributes: [
      nested(CTA_TUPLE_ORIG, [
        nested(CTA_TUPLE_PROTO, [
          attribute(CTA_PROTO_NUM, Buffer.of(udp)),
          attribute(CTA_PROTO_DST_PORT, uint16(hostPort)),
        ]),
      ]),
      nested(CTA_FILTER, [
        attribute(CTA_FILTER_ORIG_FLAGS, flags),
        attribute(CTA_FILTER_REPLY_FLAGS, Buffer.alloc(4)),
      ]),
    ],
    action: 'list UDP flows',
  });
}

function buildRemoval(flow: NetlinkMessage): NetlinkRequest {
  const { family, attributes } = parseNetfilterMessage(flow);
  const raw = (type: number) => attributes.get(type) ?? none;
  return buildNetfilterRequest({
    subsystem: NFNL_SUBSYS_CTNETLINK,
    message: IPCTNL_MSG_CT_DELETE,
    family,
    flags: 0,
    attributes: [nested(CTA_TUPLE_ORIG, [raw(CTA_TUPLE_ORIG)]), attribute(CTA_ID, raw(CTA_ID))],
    action: 'forget a UDP flow',
  });
}

/** A flow that only passes through, its source translated on the way, has nothing to do with a port of this host. */
function isConcerned(flow: NetlinkMessage, { hostIP, hostPort }: PublishedPort): boolean {
  const { attributes } = parseNetfilterMessage(flow);
  const [there, back] = [CTA_TUPLE_ORIG, CTA_TUPLE_REPLY].map((type) => parseTuple(attributes.get(type)));
  if (there === undefined || back === undefined) return false;
  const isElsewhere = hostIP !== undefined && !isAt(there.destination, hostIP);
  if (isElsewhere || !there.port.equals(uint16(hostPort))) return false;
  const isPassing = back.source.equals(there.destination) && !back.destination.equals(there.source);
  return !isPassing;
}

function isAt(destination: Buffer, hostIP: string): boolean {
  const wanted = encodeAddress(hostIP);
  return wanted.equals(Buffer.alloc(wanted.length)) || wanted.equals(destination);
}

/** CTA_IP_V4_SRC and CTA_IP_V4_DST are 1 and 2, those of IPv6 3 and 4. */
function parseTuple(bytes: Buffer | undefined): Tuple | undefined {
  const parts = parseAttributes(bytes ?? none);
  const addresses = parseAttributes(parts.get(CTA_TUPLE_IP) ?? none);
  const source = addresses.get(1) ?? addresses.get(3);
  const destination = addresses.get(2) ?? addresses.get(4);
  const port = parseAttributes(parts.get(CTA_TUPLE_PROTO) ?? none).get(CTA_PROTO_DST_PORT);
  return source && destination && port && { source, destination, port };
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}
