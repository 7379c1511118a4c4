import { encodeAddress } from '../ip-range.js';
import { encodeMac } from '../mac.js';

/** A value as it is written: an address, a name, a number. */
export type Value = string | number;

interface Datatype {
  /** nft's own number for it (its datatype.h): the kernel keeps it for whoever lists a set, and does not read it. */
  readonly id: number;
  readonly bytes: number;
  encode(value: Value): Buffer;
}

const interfaceNameBytes = 16;

/** What registers hold and sets are made of. Numbers are in network order where packets have them so. */
export const datatypes = {
  nf_proto: { id: 2, bytes: 1, encode: uint8 },
  ipv4_addr: { id: 7, bytes: 4, encode: address },
  ipv6_addr: { id: 8, bytes: 16, encode: address },
  ether_addr: { id: 9, bytes: 6, encode: (value) => encodeMac(String(value)) },
  ether_type: { id: 10, bytes: 2, encode: uint16 },
  inet_proto: { id: 12, bytes: 1, encode: uint8 },
  inet_service: { id: 13, bytes: 2, encode: uint16 },
  ct_status: { id: 28, bytes: 4, encode: uint32InHostOrder },
  icmpv6_type: { id: 29, bytes: 1, encode: uint8 },
  devgroup: { id: 35, bytes: 4, encode: uint32InHostOrder },
  fib_addrtype: { id: 38, bytes: 4, encode: uint32InHostOrder },
  ifname: { id: 41, bytes: interfaceNameBytes, encode: interfaceName },
} as const satisfies Record<string, Datatype>;

export type DatatypeName = keyof typeof datatypes;

/** The bits nft gives each part of a concatenation's number. */
const concatenationBits = 6;
const registerBytes = 4;

/** nft's number for values of several types one after another. */
export function concatenationId(types: readonly DatatypeName[]): number {
  return types.reduce((id, type) => (id << concatenationBits) | datatypes[type].id, 0);
}

/** Each part of a concatenation begins a register of four bytes. */
export function registersOf(type: DatatypeName): number {
  return Math.ceil(datatypes[type].bytes / registerBytes);
}

/** The length of a concatenation in bytes. */
export function concatenationBytes(types: readonly DatatypeName[]): number {
  return types.reduce((sum, type) => sum + registersOf(type) * registerBytes, 0);
}

/**
 * Writes values one after another into bytes that are zero, which fill each up to whole registers. Answers where the next
 * thing begins.
 */
export function writeConcatenation(
  bytes: Buffer,
  start: number,
  types: readonly DatatypeName[],
  values: readonly Value[],
): number {
  let at = start;
  types.forEach((type, index) => {
    bytes.set(datatypes[type].encode(values[index] ?? ''), at);
    at += registersOf(type) * registerBytes;
  });
  return at;
}

function address(value: Value): Buffer {
  return encodeAddress(String(value));
}

function interfaceName(value: Value): Buffer {
  const bytes = Buffer.alloc(interfaceNameBytes);
  bytes.write(String(value), 0, interfaceNameBytes - 1);
  return bytes;
}

function uint8(value: Value): Buffer {
  return Buffer.of(Number(value));
}

function uint16(value: Value): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(Number(value));
  return bytes;
}

function uint32InHostOrder(value: Value): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(Number(value));
  return bytes;
}
