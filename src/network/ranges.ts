import { PeapodError } from '../errors.js';
import { addressNumber, numberedAddress } from './address-number.js';
import type { PodAddress } from './attachment.js';
import { addressBytes } from './dns/address-bytes.js';
import { encodeAddress, formatAddress, formatRange, type IpRange, rangesOverlap } from './ip-range.js';

/** Addresses pods are given: the first of the range is the bridge's, the next ones theirs. */
export interface AddressRange extends IpRange {
  readonly family: 4 | 6;
  /** Its usual text: `10.85.0.0/16`. */
  readonly cidr: string;
  /** The bridge's own address in it. */
  readonly gateway: string;
  /** How many pods it has addresses for. */
  readonly capacity: number;
}

/** Longest and shortest prefix of a range: room for five pods at least, and for no more than a MAC address can tell apart. */
const lengthBounds = { 4: { shortest: 8, longest: 29 }, 6: { shortest: 32, longest: 125 } } as const;

/** Between the start of a range and its first pod: the network's own address and the gateway. */
const firstPodOffset = 2;

/** A pod of IPv6 alone has a MAC address made of the last 32 bits of its own. */
const mostPods = 2 ** 32 - firstPodOffset;

const reserved: readonly (IpRange & { readonly what: string })[] = [
  { address: '0.0.0.0', prefixLength: 8, what: '"this network"' },
  { address: '127.0.0.0', prefixLength: 8, what: 'loopback' },
  { address: '169.254.0.0', prefixLength: 16, what: 'link-local' },
  { address: '224.0.0.0', prefixLength: 4, what: 'multicast' },
  { address: '240.0.0.0', prefixLength: 4, what: 'reserved' },
  { address: '::', prefixLength: 8, what: 'loopback, unspecified and mapped IPv4' },
  { address: 'fe80::', prefixLength: 10, what: 'link-local' },
  { address: 'ff00::', prefixLength: 8, what: 'multicast' },
];

/**
 * Reads ranges of pod addresses, at most one of each family, IPv4 first in the answer. `place` is where they come from,
 * for messages: `--pod-cidr`. Throws PEAPOD_USAGE.
 */
export function parseRanges(cidrs: readonly string[], place: string): AddressRange[] {
  const ranges = cidrs.map((text) => parseRange(text.trim(), place));
  for (const family of [4, 6] as const) {
    const [first, second] = ranges.filter((range) => range.family === family);
    if (first !== undefined && second !== undefined) refuseSecond(first, second, place);
  }
  if (ranges.length === 0) throw invalid(place, 'it names no range', 'For example 10.85.0.0/16');
  return ranges.sort((a, b) => a.family - b.family);
}

/** The address of the pod with an index from 0 to below the range's capacity. */
export function podAddressAt(range: AddressRange, index: number): PodAddress {
  const { family, prefixLength, gateway } = range;
  return { family, address: addressAt(range, index + firstPodOffset), prefixLength, gateway };
}

/** The index of a pod's address in the range; undefined if it is not one of the range's. */
export function podIndexOf(range: AddressRange, address: string): number | undefined {
  const bytes = addressBytes(address);
  const first = addressBytes(range.address);
  if (bytes === undefined || bytes.length !== first?.length) return undefined;
  const index = addressNumber(bytes) - addressNumber(first) - BigInt(firstPodOffset);
  return index >= 0n && index < BigInt(range.capacity) ? Number(index) : undefined;
}

function addressAt({ address }: IpRange, offset: number): string {
  const bytes = encodeAddress(address);
  for (let at = bytes.length - 1, rest = offset; rest > 0; at--) {
    rest += bytes[at] ?? 0;
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return formatAddress(bytes);
}

function parseRange(text: string, place: string): AddressRange {
  const [, addressText = '', lengthText = ''] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  const bytes = addressBytes(addressText);
  const length = Number(lengthText);
  if (bytes === undefined || length > 8 * bytes.length)
    throw invalid(place, `"${text}" is no range of addresses`, 'For example 10.85.0.0/16');
  const first = firstOf(bytes, length);
  const range = { address: formatAddress(first), prefixLength: length };
  const cidr = formatRange(range);
  if (!first.equals(bytes)) throw invalid(place, `${text} begins in the middle of a range`, `Write ${cidr}`);
  const family = bytes.length === 4 ? 4 : 6;
  checkLength(range, { place, family });
  checkReserved(range, { place, family });
  return { family, ...range, cidr, gateway: addressAt(range, 1), capacity: capacityOf(family, length) };
}

/** The range that an address is of: `10.85.0.0/16`. Throws RangeError for what is no address. */
export function rangeOf(address: string, prefixLength: number): string {
  return formatRange({ address: formatAddress(firstOf(encodeAddress(address), prefixLength)), prefixLength });
}

/** The address with all but its leading bits zero. */
function firstOf(bytes: Buffer, prefixLength: number): Buffer {
  const hostBits = BigInt(8 * bytes.length - prefixLength);
  return numberedAddress((addressNumber(bytes) >> hostBits) << hostBits, bytes.length);
}

function capacityOf(family: 4 | 6, prefixLength: number): number {
  const size = 2 ** ((family === 4 ? 32 : 128) - prefixLength);
  // IPv4's last address is the broadcast.
  return Math.min(size - firstPodOffset - (family === 4 ? 1 : 0), mostPods);
}

interface Named {
  readonly place: string;
  readonly family: 4 | 6;
}

function checkLength(range: IpRange, { place, family }: Named): void {
  const { shortest, longest } = lengthBounds[family];
  if (range.prefixLength >= shortest && range.prefixLength <= longest) return;
  const problem = `${formatRange(range)} is too ${range.prefixLength > longest ? 'small' : 'large'} for pods`;
  throw invalid(place, problem, `IPv${family} ranges go from /${shortest} to /${longest}`);
}

const privateRanges = { 4: '10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16', 6: 'those in fd00::/8' } as const;

function checkReserved(range: IpRange, { place, family }: Named): void {
  const found = reserved.find((entry) => rangesOverlap(range, entry));
  if (found === undefined) return;
  const problem = `${formatRange(range)} overlaps ${formatRange(found)}, which is ${found.what}`;
  throw invalid(place, problem, `Private ranges are ${privateRanges[family]}`);
}

function refuseSecond(first: AddressRange, second: AddressRange, place: string): never {
  const how = rangesOverlap(first, second) ? 'overlap' : `are both IPv${first.family}`;
  throw invalid(
    place,
    `${first.cidr} and ${second.cidr} ${how}`,
    'Give at most one range of IPv4 and one of IPv6',
  );
}

function invalid(place: string, problem: string, hint: string): PeapodError {
  return new PeapodError('PEAPOD_USAGE', `Cannot use ${place}: ${problem}`, { hint, details: { place } });
}
