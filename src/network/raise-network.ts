import { withNetworkLock } from '../kernel/lock.js';
import { debug } from '../log.js';
import { AddressPool } from './address-pool.js';
import type { Attachment } from './attachment.js';
import { ensureBridge, removeBridge } from './bridge.js';
import { type Bridge, buildHostRequests } from './build-attachment.js';
import { dumpLinks, withRouteSocket } from './dump.js';
import { Firewall } from './firewall.js';
import { enableForwarding } from './forwarding.js';
import type { HostPorts } from './host-ports.js';
import type { IpRange } from './ip-range.js';
import type { AddressRange } from './ranges.js';
import { type NetworkSettings, settleRanges } from './settings.js';
import { writeNetworkSettings } from './settings-record.js';
import { findDefaultMtu } from './uplink.js';
import { listUsedRanges } from './used-ranges.js';

const log = debug('network');

/** Far more than another root takes to make its bridge. */
const lockPatienceMs = 5000;

export interface PodNetworkOptions {
  /** `peapod`, or `peapod-<id>`: owner of the bridge, name of the tables. */
  readonly rootName: string;
  readonly settings: NetworkSettings;
  readonly settingsPath: string;
  /** The record of how far addresses were handed out. */
  readonly cursorPath: string;
  readonly warn: (message: string) => void;
  /** The bridge is there, with these addresses of its own. */
  readonly onUp?: (addresses: readonly IpRange[]) => Promise<void>;
  /** It is about to go, or we let go of it. */
  readonly onDown?: () => Promise<void>;
  /** What a pod is called, for messages. */
  readonly nameOf?: (podUid: string) => string;
}

/** What is on the host while pods need it, and what we hold of it. */
export interface RaisedNetwork {
  readonly settings: NetworkSettings;
  readonly bridge: Bridge;
  /** In bytes. */
  readonly mtu: number;
  readonly pool: AddressPool;
  readonly firewall: Firewall;
}

/** The pods that run, and the ports that are theirs. */
export interface Attached {
  readonly attachments: readonly Attachment[];
  readonly ports: HostPorts;
}

/**
 * Makes the bridge and the firewall, or puts right what is there, with all that the pods have. Rejects with
 * PEAPOD_CONFLICT, PEAPOD_NETWORK_UNAVAILABLE, PEAPOD_FIREWALL_UNAVAILABLE and the like; without pods nothing is left then.
 */
export async function raiseNetwork(options: PodNetworkOptions, pods: Attached): Promise<RaisedNetwork> {
  const place = await withNetworkLock(lockPatienceMs, () => makeBridge(options, pods));
  const { settings, bridge } = place;
  const { rootName, cursorPath, warn } = options;
  const { ranges } = settings;
  try {
    await replug(bridge, pods.attachments);
    const pool = await AddressPool.open({ ranges, path: cursorPath, warn });
    claimAll(pool, pods, warn);
    const firewall = new Firewall({ name: rootName, bridge: bridge.name, ranges });
    await firewall.install(pods.attachments);
    if (!firewall.pinned)
      warn('The kernel lacks nftables for bridges: pods can claim the addresses of others');
    await options.onUp?.(ranges.map(gatewayOf));
    return { ...place, pool, firewall };
  } catch (error) {
    if (pods.attachments.length === 0) await lowerNetwork({ ...options, settings }).catch(() => {});
    throw error;
  }
}

/** Another root that looks for a range at the same time must see ours, or we its own. */
async function makeBridge(
  options: PodNetworkOptions,
  pods: Attached,
): Promise<Pick<RaisedNetwork, 'settings' | 'mtu' | 'bridge'>> {
  const settings = pods.attachments.length > 0 ? options.settings : await settle(options);
  const { bridge: name, ranges } = settings;
  const mtu = settings.mtu ?? (await withRouteSocket(undefined, findDefaultMtu));
  await forward(ranges.some(({ family }) => family === 6));
  const addresses = ranges.map(gatewayOf);
  return { settings, mtu, bridge: await ensureBridge({ name, owner: options.rootName, addresses, mtu }) };
}

function gatewayOf({ gateway, prefixLength }: AddressRange): IpRange {
  return { address: gateway, prefixLength };
}

/** Removes what is on the host, also what an engine that was killed has left. */
export async function lowerNetwork(options: PodNetworkOptions, raised?: RaisedNetwork): Promise<void> {
  const { rootName: owner } = options;
  const { bridge: name, ranges } = raised?.settings ?? options.settings;
  await options.onDown?.();
  const firewall = raised?.firewall ?? new Firewall({ name: owner, bridge: name, ranges });
  await firewall.uninstall().finally(() => firewall.close());
  await raised?.pool.close();
  await removeBridge({ name, owner });
}

/** Lets go of it: what runs, runs on. */
export async function leaveNetwork(options: PodNetworkOptions, raised: RaisedNetwork): Promise<void> {
  await options.onDown?.();
  await raised.firewall.close();
  await raised.pool.close();
}

/** Chooses the ranges, if that was left to us, and keeps the choice. */
async function settle({ settings, settingsPath }: PodNetworkOptions): Promise<NetworkSettings> {
  const used = await withRouteSocket(undefined, (socket) => listUsedRanges(socket, settings.bridge));
  const settled = settleRanges(settings, used);
  if (settled !== settings) await writeNetworkSettings(settingsPath, settled);
  return settled;
}

async function forward(ipv6: boolean): Promise<void> {
  const { changes } = await enableForwarding({ ipv6 });
  for (const { name, from, to } of changes) log('%s was %s and is now %s', name, from, to);
}

/** Somebody may have removed the bridge: links of pods that run hang on nothing then. */
async function replug(bridge: Bridge, attachments: readonly Attachment[]): Promise<void> {
  if (attachments.length === 0) return;
  await withRouteSocket(undefined, async (socket) => {
    const links = new Map((await dumpLinks(socket)).map((link) => [link.name, link]));
    for (const attachment of attachments) {
      const link = links.get(attachment.link);
      if (link === undefined || link.master === bridge.index) continue;
      await socket.send(buildHostRequests(attachment, bridge));
    }
  });
}

/** What a former engine gave out stays given out, whatever is in the way of it. */
function claimAll(
  pool: AddressPool,
  { attachments, ports }: Attached,
  warn: (message: string) => void,
): void {
  for (const { podUid, addresses, ports: published } of attachments) {
    try {
      pool.claim(addresses);
    } catch (error) {
      warn((error as Error).message);
    }
    for (const error of ports.adopt(podUid, published)) warn(error.message);
  }
}
