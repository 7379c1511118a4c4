import { flags, recordTypes, responseCodes } from './codes.js';
import type { Found, Lookup } from './name-table.js';
import { isInternet, type MalformedQuery, type Query } from './query.js';
import { buildHead, buildReply } from './reply.js';
import type { DnsRecord } from './zone.js';

/**
 * The answer we can give by ourselves: that the query is wrong or refused, or what one of our domains holds.
 *
 * @param maxBytes of the answer; a longer one is cut to its head.
 * @returns undefined when another server is to be asked.
 */
export function answerQuery(
  query: Query | MalformedQuery,
  lookup: Lookup,
  maxBytes: number,
): Buffer | undefined {
  if ((query.flags & flags.opcode) !== 0) return buildHead(query, responseCodes.notImplemented);
  if (query.question === undefined) return buildHead(query, responseCodes.formatError);
  if (query.edns !== undefined && query.edns.version !== 0) {
    return buildReply(query, { code: responseCodes.badVersion }, maxBytes);
  }
  if (isRefused(query)) return buildReply(query, { code: responseCodes.refused }, maxBytes);
  const found = lookup(query.name);
  return found && answerFound(query, found, maxBytes);
}

/** Other classes tell about the server itself; whole zones are for secondaries. */
function isRefused(query: Query): boolean {
  return !isInternet(query) || query.type === recordTypes.AXFR || query.type === recordTypes.IXFR;
}

/**
 * A name that is there without records of the type gets an empty answer, not NXDOMAIN: that would say there is
 * nothing of any type, and a libc that asked for A and AAAA at once may believe it.
 */
function answerFound(query: Query, found: Found, maxBytes: number): Buffer {
  const answers = recordsOfType(query, found);
  const content = {
    code: found.records === undefined ? responseCodes.nameError : responseCodes.noError,
    isAuthoritative: true,
    answers,
    negativeZone: answers.length === 0 ? found.zone : undefined,
  };
  return buildReply(query, content, maxBytes);
}

function recordsOfType({ type, name }: Query, { zone, records = [] }: Found): readonly DnsRecord[] {
  const all = name === zone.name ? [...records, zone.soa] : records;
  return type === recordTypes.ANY ? all : all.filter((record) => record.type === type);
}
