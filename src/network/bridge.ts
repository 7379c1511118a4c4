import { PeapodError } from '../errors.js';
import type { NetlinkSocket } from '../kernel/netlink.js';
import { checkBridgeName } from './bridge-name.js';
import { setBridgeSysctls } from './bridge-sysctls.js';
import { buildAddress } from './build-address.js';
import type { Bridge } from './build-attachment.js';
import { type BridgeLink, buildBridge, buildBridgeSettings, buildRemoveLink } from './build-bridge.js';
import { findInTheWay } from './choose-range.js';
import { dumpAddresses, findLink, withRouteSocket } from './dump.js';
import { formatRange, type IpRange } from './ip-range.js';
import { linkLocalAddress, macOfAddress } from './mac.js';
import type { Link } from './parse-link.js';
import { hasIpv6 } from './sysctl.js';
import { listUsedRanges } from './used-ranges.js';

/** What a root's bridge is to be like. */
export interface BridgeSpec {
  /** At most 15 bytes. */
  readonly name: string;
  /** The root's name, kept as the bridge's alias: by it a bridge is known as ours. */
  readonly owner: string;
  /** The bridge's own in each range, IPv4 first: the pods' gateways. At least one. */
  readonly addresses: readonly IpRange[];
  /** In bytes. */
  readonly mtu: number;
}

/**
 * Sees to it that the bridge is there, up and as it should be. One that is ours and was changed, or taken down, is put
 * right; addresses it has besides stay, for pods that still use them. Throws PEAPOD_CONFLICT when the name is
 * something else's or the host uses a range otherwise, PEAPOD_USAGE, PEAPOD_NETWORK_UNAVAILABLE, or a SystemError;
 * nothing is left then of what was not there before.
 */
export async function ensureBridge(spec: BridgeSpec): Promise<Bridge> {
  checkBridgeName(spec.name);
  return await withRouteSocket(undefined, async (socket) => {
    const found = await findLink(socket, spec.name);
    if (found !== undefined) checkOwner(found, spec);
    await checkRanges(socket, spec, found);
    const link = found ?? (await makeBridge(socket, spec));
    try {
      return await setUpBridge(socket, spec, link);
    } catch (error) {
      if (found === undefined) await socket.send([buildRemoveLink(link)]);
      throw error;
    }
  });
}

/**
 * Removes a root's bridge; what is not there, or not ours, is left alone. Takes tens of milliseconds: the kernel waits
 * until nobody on any CPU uses it any more. Throws a SystemError.
 */
export async function removeBridge({ name, owner }: Pick<BridgeSpec, 'name' | 'owner'>): Promise<void> {
  await withRouteSocket(undefined, async (socket) => {
    const link = await findLink(socket, name);
    if (link !== undefined && isOwned(link, owner)) await socket.send([buildRemoveLink(link)]);
  });
}

function isOwned({ kind, alias }: Link, owner: string): boolean {
  return kind === 'bridge' && alias === owner;
}

function checkOwner(link: Link, { name, owner }: BridgeSpec): void {
  if (isOwned(link, owner)) return;
  const kind = link.kind ?? 'hardware';
  const whose = link.alias === '' ? '' : ` marked "${link.alias}"`;
  throw new PeapodError(
    'PEAPOD_CONFLICT',
    `Cannot make the bridge "${name}": there is an interface (${kind}) of that name${whose}`,
    {
      hint: 'Give the bridge another name (peapod serve --bridge), or remove that interface',
      details: { name, kind, alias: link.alias },
    },
  );
}

/** A range whose address the bridge has already is in use by pods, whatever else the host was given since. */
async function checkRanges(socket: NetlinkSocket, spec: BridgeSpec, found: Link | undefined): Promise<void> {
  const present = found === undefined ? [] : await dumpAddresses(socket);
  const own = present.filter(({ index }) => index === found?.index).map(formatRange);
  const ranges = spec.addresses.filter((range) => !own.includes(formatRange(range)));
  const used = ranges.length === 0 ? [] : await listUsedRanges(socket, spec.name);
  for (const range of ranges) {
    const other = findInTheWay(range, used);
    if (other === undefined) continue;
    const [wanted, taken] = [formatRange(range), formatRange(other)];
    throw new PeapodError(
      'PEAPOD_CONFLICT',
      `Cannot give pods the range of ${wanted}: ${other.link} uses ${taken}`,
      {
        hint: 'Name another range: peapod serve --pod-cidr',
        details: { range: wanted, used: taken, link: other.link },
      },
    );
  }
}

async function makeBridge(socket: NetlinkSocket, spec: BridgeSpec): Promise<Link> {
  await socket.send(buildBridge(spec));
  const link = await findLink(socket, spec.name);
  if (link === undefined)
    throw new PeapodError('PEAPOD_CONFLICT', `Cannot find the bridge "${spec.name}" just made`);
  return link;
}

async function setUpBridge(socket: NetlinkSocket, spec: BridgeSpec, { index }: Link): Promise<Bridge> {
  const { name, owner, mtu } = spec;
  const isIpv6Used = spec.addresses.some(({ address }) => address.includes(':'));
  const ipv6 = { has: hasIpv6(), isUsed: isIpv6Used };
  // Before it is up: there is no moment at which pods could make use of what these switch off.
  await setBridgeSysctls(name, ipv6);
  const mac = macOfAddress(spec.addresses[0]?.address ?? '');
  const link: BridgeLink = { name, mac, mtu, hasIpv6: ipv6.has };
  const ownLinkLocal = isIpv6Used ? [{ address: linkLocalAddress(mac), prefixLength: 64 }] : [];
  const addresses = [...spec.addresses, ...ownLinkLocal].map((range) => buildAddress({ index, name }, range));
  await socket.send([buildBridgeSettings(link), ...addresses]);
  return { name, index, owner, hasIpv6: ipv6.has };
}
