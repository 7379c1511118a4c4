import { PeapodError } from '../errors.js';
import type { Attachment } from './attachment.js';
import { checkBridgeName, defaultBridgeName } from './bridge-name.js';
import { chooseRange, findInTheWay } from './choose-range.js';
import { formatRange, type IpRange } from './ip-range.js';
import { type AddressRange, parseRanges, podIndexOf, rangeOf } from './ranges.js';

/** What whoever opens an engine may say of its pods' network. What is absent is as it was, and at first a default. */
export interface NetworkOptions {
  /**
   * Ranges of pod addresses: one, or one of each family, also as one text with a comma between. The default is the
   * first of 10.85.0.0/16, 10.86.0.0/16, … that the host does not use.
   */
  readonly podCidr?: string | readonly string[];
  /** Name of the bridge, at most 15 bytes. The default is `peapod0`, for another root than the default one `pp-<id>`. */
  readonly bridge?: string;
  /** Of the bridge and all links, in bytes: 576 to 65535, and at least 1280 with an IPv6 range. */
  readonly mtu?: number;
  /** Whether pods find each other by name. */
  readonly dns?: boolean;
  /** The pods' network is what CNI plugins make instead of a bridge of ours; null for the bridge again. */
  readonly cni?: CniSettings | null;
}

/** Where CNI plugins and their configuration are. */
export interface CniSettings {
  readonly confDir: string;
  /** Absent is where distributions put them. */
  readonly binDirs?: readonly string[];
}

/** The network of one root. */
export interface NetworkSettings {
  /** IPv4 first; empty: to be chosen by {@link settleRanges} when the first pod needs an address. */
  readonly ranges: readonly AddressRange[];
  /** The ranges were chosen by us, not stated: they may be chosen anew when the host uses them otherwise. */
  readonly isChosen: boolean;
  readonly bridge: string;
  /** Absent: that of the host's way out. */
  readonly mtu?: number | undefined;
  readonly dns?: boolean | undefined;
  readonly cni?: CniSettings | undefined;
}

/** What the settings were when these pods were attached; undefined without any. Throws PEAPOD_USAGE. */
export function settingsOf(attachments: readonly Attachment[]): NetworkSettings | undefined {
  const [first] = attachments;
  if (first === undefined) return undefined;
  const cidrs = first.addresses.map(({ gateway, prefixLength }) => rangeOf(gateway, prefixLength));
  return {
    ranges: parseRanges(cidrs, 'the range of the pods'),
    isChosen: true,
    bridge: first.bridge,
    mtu: first.mtu,
  };
}

/** A pod on the bridge, and what its messages call it. */
export interface AttachedPod {
  readonly name: string;
  readonly attachment: Pick<Attachment, 'bridge' | 'addresses'>;
}

export interface DecideOptions {
  readonly options: NetworkOptions;
  /** What the root had before, see `readNetworkSettings`. */
  readonly stored?: NetworkSettings | undefined;
  /** `peapod`, or `peapod-<12 hex>`. */
  readonly rootName: string;
  /** Those that run. */
  readonly pods: readonly AttachedPod[];
}

/**
 * The settings of a root: what is asked for, else what it had, else the defaults. Throws PEAPOD_USAGE for what makes no
 * sense, and PEAPOD_CONFLICT when pods that run could not go on: their default route is the bridge's address, so they
 * need the same bridge, the same first address and a range that holds theirs. A wider range that begins at the same
 * address is fine.
 */
export function decideNetwork({ options, stored, rootName, pods }: DecideOptions): NetworkSettings {
  const stated =
    options.podCidr === undefined ? undefined : parseRanges(split(options.podCidr), 'the pod range');
  const settings: NetworkSettings = {
    ranges: stated ?? stored?.ranges ?? [],
    isChosen: stated === undefined && (stored?.isChosen ?? true),
    bridge: options.bridge ?? stored?.bridge ?? defaultBridgeName(rootName),
    mtu: options.mtu ?? stored?.mtu,
    dns: options.dns ?? stored?.dns,
    cni: options.cni === undefined ? stored?.cni : (options.cni ?? undefined),
  };
  checkBridgeName(settings.bridge);
  checkMtu(settings);
  checkPodsFit(settings, pods);
  return settings;
}

/**
 * The settings with ranges that are free on this host. `used` has the host's addresses and routes, our
 * own bridge's left out. Not for a root with pods on the bridge: theirs are settled. Throws PEAPOD_CONFLICT when a
 * range that was stated is in use.
 */
export function settleRanges(settings: NetworkSettings, used: readonly IpRange[]): NetworkSettings {
  const conflict = findConflict(settings.ranges, used);
  if (settings.ranges.length > 0 && conflict === undefined) return settings;
  if (conflict !== undefined && !settings.isChosen) throw conflict;
  return { ...settings, ranges: parseRanges([chooseRange(used)], 'the pod range') };
}

function findConflict(ranges: readonly AddressRange[], used: readonly IpRange[]): PeapodError | undefined {
  for (const range of ranges) {
    const found = findInTheWay(range, used);
    if (found === undefined) continue;
    const other = formatRange(found);
    return new PeapodError(
      'PEAPOD_CONFLICT',
      `Cannot give pods ${range.cidr}: this host uses ${other} already`,
      {
        hint: 'Name another range: peapod serve --pod-cidr',
        details: { range: range.cidr, used: other },
      },
    );
  }
  return undefined;
}

function checkPodsFit({ ranges, bridge }: NetworkSettings, pods: readonly AttachedPod[]): void {
  const isServed = ({ attachment }: AttachedPod) =>
    attachment.bridge === bridge &&
    attachment.addresses.every(({ address, gateway }) =>
      ranges.some((range) => range.gateway === gateway && podIndexOf(range, address) !== undefined),
    );
  const names = pods.filter((pod) => !isServed(pod)).map(({ name }) => name);
  if (names.length === 0) return;
  const place = `${ranges.map(({ cidr }) => cidr).join(' and ') || 'another range'} on ${bridge}`;
  throw new PeapodError(
    'PEAPOD_CONFLICT',
    `Cannot change the pod network to ${place}: ${describeNames(names)} in the one before`,
    {
      hint: 'Start without the new setting (--pod-cidr, --bridge, PEAPOD_POD_CIDR), delete the pods, then change it',
      details: { pods: names },
    },
  );
}

const namesShown = 5;

function describeNames(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(', ');
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  return `${shown}${more} ${names.length === 1 ? 'runs' : 'run'}`;
}

/** IPv4 needs 576 bytes (RFC 791), IPv6 1280 (RFC 8200): the kernel takes a link's IPv6 away below that. */
function checkMtu({ mtu, ranges }: NetworkSettings): void {
  if (mtu === undefined) return;
  const least = ranges.some(({ family }) => family === 6) ? 1280 : 576;
  if (Number.isInteger(mtu) && mtu >= least && mtu <= 65535) return;
  throw new PeapodError(
    'PEAPOD_USAGE',
    `Cannot use the network MTU ${mtu}: it must be from ${least} to 65535`,
  );
}

function split(podCidr: string | readonly string[]): string[] {
  return [podCidr].flat().flatMap((text) => text.split(','));
}
