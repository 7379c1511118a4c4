import { isIP } from 'node:net';
import { PeapodError } from '../errors.js';
import type { Protocol } from '../network/attachment.js';
import type { PortRequest } from './engine-api.js';
import { isHostIp, normalizeHostIp } from './host-ip.js';

/** `[hostIP:][hostPort:]containerPort[/protocol]`: IPv6 in brackets, IPv4, hostPort after it, hostPort alone, … */
const pattern = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*):|([^:]*):)?([^:/]*)(?:\/(.*))?$/d;

const protocols: Record<string, Protocol> = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' };

/** A part of the text and where it begins, from 1. */
interface Part {
  readonly text: string;
  readonly at: number;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads a port to publish as Docker writes it: `80`, `8080:80`, `127.0.0.1:8080:80`, `[::1]:8080:80/udp`,
 * `127.0.0.1::80`, and ranges of equal length, `8000-8010:80-90`, which are a port each. Without a port of the host
 * one is chosen later.
 *
 * @throws PEAPOD_USAGE that names the part and its place; `details.position` counts characters from 1.
 */
export function parsePublish(text: string): PortRequest[] {
  const [ipv6, ipv4, hostAfterIp, hostAlone, container, protocol] = split(text);
  const hostIP = readAddress(text, ipv6 ?? ipv4);
  const inside = readRange(text, container ?? { text: '', at: 1 });
  const hostPart = hostAfterIp ?? hostAlone;
  const outside = hostPart === undefined || hostPart.text === '' ? undefined : readHostRange(text, hostPart);
  checkLengths(text, { inside, outside });
  const shared = { protocol: readProtocol(text, protocol), ...(hostIP !== undefined && { hostIP }) };
  return Array.from({ length: inside.last - inside.first + 1 }, (_, index) => ({
    ...shared,
    ...(outside && { hostPort: outside.first + index }),
    containerPort: inside.first + index,
  }));
}

function split(text: string): (Part | undefined)[] {
  const match = pattern.exec(text);
  if (match === null) {
    throw malformed(text, 'is not [ADDRESS:][HOSTPORT:]PORT[/PROTOCOL]', {
      hint: 'An IPv6 address is written in brackets: [::1]:8080:80',
    });
  }
  return match.slice(1).map((part, index) => {
    const [start = 0] = match.indices?.[index + 1] ?? [];
    return part === undefined ? undefined : { text: part, at: start + 1 };
  });
}

function readAddress(text: string, part: Part | undefined): string | undefined {
  if (part === undefined || part.text === '' || isHostIp(part.text)) return normalizeHostIp(part?.text);
  throw malformed(text, 'is not an IP address', { part });
}

/** `127.0.0.1:80` is Docker's for nothing: it has an address where a port of the host is meant. */
function readHostRange(text: string, part: Part): Range {
  if (isIP(part.text) === 0) return readRange(text, part);
  throw malformed(text, 'is an address where a port is meant', {
    part,
    hint: `Write ${part.text}::PORT for any port of that address`,
  });
}

function readRange(text: string, part: Part): Range {
  const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(part.text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first === '' || range.first < 1 || range.last > 65_535) {
    throw malformed(text, 'is not a port from 1 to 65535', { part });
  }
  if (range.last >= range.first) return range;
  throw malformed(text, 'ends before it begins', { part });
}

function checkLengths(
  text: string,
  { inside, outside = inside }: { inside: Range; outside?: Range | undefined },
) {
  const [host, container] = [outside, inside].map(({ first, last }) => last - first + 1);
  if (host === container) return;
  throw malformed(text, `has ${host} of the host's ports for ${container} of the pod's`);
}

function readProtocol(text: string, part: Part | undefined): Protocol {
  const found = part === undefined ? 'TCP' : protocols[part.text.toLowerCase()];
  if (found !== undefined) return found;
  throw malformed(text, 'is not tcp, udp or sctp', part && { part });
}

interface Flaw {
  /** Absent: the text as a whole. */
  readonly part?: Part;
  readonly hint?: string;
}

function malformed(text: string, what: string, { part, hint }: Flaw = {}): PeapodError {
  const place = part === undefined ? '' : `: "${part.text}" at character ${part.at}`;
  return new PeapodError('PEAPOD_USAGE', `Port "${text}"${place} ${what}`, {
    hint,
    details: { port: text, position: part?.at ?? 1 },
  });
}
