import { classInternet, recordTypes } from './codes.js';
import { encodeName } from './domain-name.js';

/** One record of a name: what stands in an answer besides the name, the class and how long it may be kept. */
export interface DnsRecord {
  /** Of `recordTypes`. */
  readonly type: number;
  readonly data: Buffer;
}

/** A domain we answer for. */
export interface Zone {
  readonly name: string;
  readonly soa: DnsRecord;
  /** The same record with its name, as it follows every negative answer: encoded once, they are many. */
  readonly negativePart: Buffer;
}

/** How long anything of ours may be kept, in seconds: pods come and go. */
const ttlSeconds = 5;

export function buildZone(name: string): Zone {
  const soa = { type: recordTypes.SOA, data: buildSoa(name) };
  const head = Buffer.alloc(recordHeadBytes);
  writeRecordHead(head, 0, soa);
  return { name, soa, negativePart: Buffer.concat([encodeName(name), head, soa.data]) };
}

/** Type, class, lifetime and length: what stands between a record's name and its data. */
export const recordHeadBytes = 10;

export function writeRecordHead(message: Buffer, at: number, { type, data }: DnsRecord): void {
  message.writeUInt16BE(type, at);
  message.writeUInt16BE(classInternet, at + 2);
  message.writeUInt32BE(ttlSeconds, at + 4);
  message.writeUInt16BE(data.length, at + 8);
}

function buildSoa(zone: string): Buffer {
  const numbers = Buffer.alloc(20);
  // Serial, refresh, retry, expire: for secondaries, of which there are none. The last is for negative answers.
  for (const [index, number] of [1, 7200, 1800, 86_400, ttlSeconds].entries()) {
    numbers.writeUInt32BE(number, index * 4);
  }
  return Buffer.concat([encodeName(`ns.dns.${zone}`), encodeName(`hostmaster.${zone}`), numbers]);
}
