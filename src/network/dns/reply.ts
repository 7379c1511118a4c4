import { flags, headerBytes, ourUdpBytes, responseCodes } from './codes.js';
import { type MalformedQuery, type Query, writeOpt } from './query.js';
import { type DnsRecord, recordHeadBytes, writeRecordHead, type Zone } from './zone.js';

export interface ReplyContent {
  /** Of `responseCodes`. */
  readonly code: number;
  readonly isAuthoritative?: boolean;
  /** Of the name asked for. */
  readonly answers?: readonly DnsRecord[];
  /** The domain whose SOA record says how long a negative answer may be kept. */
  readonly negativeZone?: Zone | undefined;
}

/** A pointer to the name of the question, right behind the header. */
const questionPointer = 0xc000 | headerBytes;
const pointerBytes = 2;
const optBytes = 11;

/** An answer of our own; of one longer than `maxBytes` only the head, which has the client ask again over TCP. */
export function buildReply(query: Query, content: ReplyContent, maxBytes: number): Buffer {
  const { answers = [], negativeZone } = content;
  const size = sizeOf(query, content);
  if (size > maxBytes) return buildHead(query, content.code, flags.truncated);
  const message = Buffer.alloc(size);
  writeHeader(message, query, content);
  message.writeUInt16BE(1, 4);
  message.writeUInt16BE(answers.length, 6);
  message.writeUInt16BE(negativeZone === undefined ? 0 : 1, 8);
  let at = headerBytes + query.question.copy(message, headerBytes);
  for (const record of answers) at = writeAnswer(message, at, record);
  if (negativeZone !== undefined) at += negativeZone.negativePart.copy(message, at);
  if (query.edns !== undefined) writeOurOpt(message, at, query.edns.isDnssecOk, content.code);
  return message;
}

/** Header and question alone. */
export function buildHead(query: Query | MalformedQuery, code: number, extraFlags = 0): Buffer {
  const { question } = query;
  const message = Buffer.alloc(headerBytes + (question?.length ?? 0));
  writeHeader(message, query, { code });
  message.writeUInt16BE(message.readUInt16BE(2) | extraFlags, 2);
  message.writeUInt16BE(question === undefined ? 0 : 1, 4);
  question?.copy(message, headerBytes);
  return message;
}

function sizeOf(query: Query, { answers = [], negativeZone }: ReplyContent): number {
  let size = headerBytes + query.question.length + (negativeZone?.negativePart.length ?? 0);
  for (const { data } of answers) size += pointerBytes + recordHeadBytes + data.length;
  return query.edns === undefined ? size : size + optBytes;
}

function writeHeader(message: Buffer, query: Query | MalformedQuery, content: ReplyContent): void {
  const copied = query.flags & (flags.opcode | flags.recursionDesired | flags.checkingDisabled);
  const authority = content.isAuthoritative === true ? flags.authoritative : 0;
  const code = content.code & flags.responseCode;
  message.writeUInt16BE(query.id, 0);
  message.writeUInt16BE(flags.response | flags.recursionAvailable | copied | authority | code, 2);
}

function writeAnswer(message: Buffer, start: number, record: DnsRecord): number {
  message.writeUInt16BE(questionPointer, start);
  writeRecordHead(message, start + pointerBytes, record);
  const dataAt = start + pointerBytes + recordHeadBytes;
  return dataAt + record.data.copy(message, dataAt);
}

function writeOurOpt(message: Buffer, at: number, isDnssecOk: boolean, code: number): void {
  message.writeUInt16BE(1, 10);
  const extended = code === responseCodes.badVersion ? 1 : 0;
  writeOpt(message, at, { version: 0, udpBytes: ourUdpBytes, isDnssecOk }, extended);
}
