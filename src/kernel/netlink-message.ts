/**
 * Netlink's bytes, netlink(7): a header of 16 bytes, a family's own struct, then attributes, each padded to 4 bytes.
 * All numbers are in the byte order of the machine, little-endian; addresses and ports are in network order.
 */

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
/** Of an answer: things changed while the kernel listed them, so some may be missing or twice. */
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
/** Of a request that makes something: take the place of what is there. */
export const NLM_F_REPLACE = 0x100;
/** Of a request that makes something: EEXIST if it is there. */
export const NLM_F_EXCL = 0x200;
/** Of a request that makes something: make it if it is not there. */
export const NLM_F_CREATE = 0x400;
/** Of a request that makes something: at the end of its list. */
export const NLM_F_APPEND = 0x800;

const headerBytes = 16;
const attributeHeaderBytes = 4;
/** NLA_F_NESTED; set by rtnetlink's newer users and ignored by the older parts of it. */
const nestedFlag = 0x8000;
const attributeTypeMask = 0x3fff;

export interface NetlinkMessage {
  /** RTM_ or NLMSG_ number. */
  readonly type: number;
  /** NLM_F_ values. */
  readonly flags: number;
  readonly sequence: number;
  /** What follows the header. */
  readonly payload: Buffer;
}

export interface ReceivedMessage extends NetlinkMessage {
  /** The socket that asked for it, which in a notification is somebody else's; 0 for the kernel itself. */
  readonly portId: number;
}

/** The wire form of a message, padded to 4 bytes so that another may follow. */
export function encodeMessage(message: NetlinkMessage): Buffer {
  const length = headerBytes + message.payload.length;
  const wire = zeros(align(length));
  wire.writeUInt32LE(length, 0);
  wire.writeUInt16LE(message.type, 4);
  wire.writeUInt16LE(message.flags, 6);
  wire.writeUInt32LE(message.sequence, 8);
  message.payload.copy(wire, headerBytes);
  return wire;
}

/** The messages of one datagram. Throws RangeError for a length that does not fit: the kernel sends none. */
export function parseMessages(datagram: Buffer): ReceivedMessage[] {
  const messages: ReceivedMessage[] = [];
  for (let at = 0; at < datagram.length; ) {
    const length = datagram.readUInt32LE(at);
    checkLength(length, headerBytes, datagram.length - at);
    messages.push({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      sequence: datagram.readUInt32LE(at + 8),
      portId: datagram.readUInt32LE(at + 12),
      payload: datagram.subarray(at + headerBytes, at + length),
    });
    at += align(length);
  }
  return messages;
}

/** One attribute; a string takes its NUL with it: `attribute(IFLA_IFNAME, 'eth0\0')`. */
export function attribute(type: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const length = attributeHeaderBytes + bytes.length;
  const wire = zeros(align(length));
  wire.writeUInt16LE(length, 0);
  wire.writeUInt16LE(type, 2);
  bytes.copy(wire, attributeHeaderBytes);
  return wire;
}

/** An attribute made of attributes. */
export function nested(type: number, attributes: readonly Buffer[]): Buffer {
  return attribute(type | nestedFlag, Buffer.concat(attributes));
}

/** Attributes by type, without the nested flag; of two of a type the later one. Throws RangeError like parseMessages. */
export function parseAttributes(bytes: Buffer): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    checkLength(length, attributeHeaderBytes, bytes.length - at);
    const type = bytes.readUInt16LE(at + 2) & attributeTypeMask;
    attributes.set(type, bytes.subarray(at + attributeHeaderBytes, at + length));
    at += align(length);
  }
  return attributes;
}

/** From Node's pool, unlike Buffer.alloc: messages are made of many small pieces, and that takes most of their time. */
export function zeros(length: number): Buffer {
  return Buffer.allocUnsafe(length).fill(0);
}

function align(length: number): number {
  return (length + 3) & ~3;
}

function checkLength(length: number, least: number, most: number): void {
  if (length < least || length > most) throw new RangeError(`A netlink length of ${length} in ${most} bytes`);
}
