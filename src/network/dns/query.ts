import { classInternet, flags, headerBytes, ourUdpBytes, plainUdpBytes, recordTypes } from './codes.js';
import { readName, skipName } from './domain-name.js';

/** A question, as far as it takes to answer it or to ask another server. */
export interface Query {
  readonly id: number;
  /** The header's second word. */
  readonly flags: number;
  /** Name, type and class as the client wrote them: an answer repeats them byte for byte. */
  readonly question: Buffer;
  /** See `readName`. */
  readonly name: string;
  readonly type: number;
  readonly recordClass: number;
  readonly edns: Edns | undefined;
}

/** What an OPT record says, RFC 6891. */
export interface Edns {
  readonly version: number;
  /** What the client takes over UDP, at least 512 bytes. */
  readonly udpBytes: number;
  readonly isDnssecOk: boolean;
}

/** A query nobody can make sense of, with what an answer to it needs. */
export interface MalformedQuery {
  readonly id: number;
  readonly flags: number;
  readonly question?: undefined;
}

const dnssecOk = 0x8000;
/** OPT, TSIG, and what else may come; more is no query. */
const mostAdditional = 4;

/**
 * Reads a query: one question, perhaps an OPT record. Never throws, whatever the bytes.
 *
 * @returns undefined for what must not be answered at all: no header, or an answer (two servers that answer each
 * other's answers never end).
 */
export function parseQuery(packet: Buffer): Query | MalformedQuery | undefined {
  if (packet.length < headerBytes) return undefined;
  const id = packet.readUInt16BE(0);
  const word = packet.readUInt16BE(2);
  if ((word & flags.response) !== 0) return undefined;
  const malformed = { id, flags: word };
  // No client sends answers along; the operations that do (NOTIFY, UPDATE) are refused by their code anyway.
  if (packet.readUInt16BE(4) !== 1 || packet.readUInt32BE(6) !== 0) return malformed;
  const found = readName(packet, headerBytes);
  if (found === undefined || found.end + 4 > packet.length) return malformed;
  const end = found.end + 4;
  const edns = readAdditional(packet, end, packet.readUInt16BE(10));
  if (edns === 'malformed') return malformed;
  return {
    ...malformed,
    question: packet.subarray(headerBytes, end),
    name: found.name,
    type: packet.readUInt16BE(found.end),
    recordClass: packet.readUInt16BE(found.end + 2),
    edns,
  };
}

/** The largest answer the client takes over UDP, in bytes. Beyond ours a path may lose fragments. */
export function udpLimitOf({ edns }: Query): number {
  return edns === undefined ? plainUdpBytes : Math.min(edns.udpBytes, ourUdpBytes);
}

/** The same question under another id, for another server: written anew, so that nothing else of a pod's bytes goes there. */
export function buildForwardedQuery(query: Query, id: number): Buffer {
  const { question, edns } = query;
  const message = Buffer.alloc(headerBytes + question.length + (edns === undefined ? 0 : 11));
  const kept = flags.recursionDesired | flags.authenticData | flags.checkingDisabled;
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(query.flags & kept, 2);
  message.writeUInt16BE(1, 4);
  question.copy(message, headerBytes);
  if (edns !== undefined) {
    message.writeUInt16BE(1, 10);
    writeOpt(message, headerBytes + question.length, { ...edns, udpBytes: udpLimitOf(query), version: 0 });
  }
  return message;
}

/** Writes an OPT record, 11 bytes. `extendedCode` is the upper part of a response code beyond 15. */
export function writeOpt(message: Buffer, at: number, edns: Edns, extendedCode = 0): void {
  message.writeUInt8(0, at);
  message.writeUInt16BE(recordTypes.OPT, at + 1);
  message.writeUInt16BE(edns.udpBytes, at + 3);
  message.writeUInt8(extendedCode, at + 5);
  message.writeUInt8(edns.version, at + 6);
  message.writeUInt16BE(edns.isDnssecOk ? dnssecOk : 0, at + 7);
  message.writeUInt16BE(0, at + 9);
}

export function isInternet({ recordClass }: Query): boolean {
  return recordClass === classInternet;
}

function readAdditional(packet: Buffer, start: number, count: number): Edns | undefined | 'malformed' {
  if (count > mostAdditional) return 'malformed';
  let edns: Edns | undefined;
  let at = start;
  for (let index = 0; index < count; index += 1) {
    const end = skipName(packet, at);
    if (end === undefined || end + 10 > packet.length) return 'malformed';
    if (packet.readUInt16BE(end) === recordTypes.OPT) {
      if (edns !== undefined) return 'malformed';
      edns = readOpt(packet, end);
    }
    at = end + 10 + packet.readUInt16BE(end + 8);
    if (at > packet.length) return 'malformed';
  }
  return edns;
}

function readOpt(packet: Buffer, at: number): Edns {
  return {
    version: packet.readUInt8(at + 5),
    udpBytes: Math.max(plainUdpBytes, packet.readUInt16BE(at + 2)),
    isDnssecOk: (packet.readUInt16BE(at + 6) & dnssecOk) !== 0,
  };
}
