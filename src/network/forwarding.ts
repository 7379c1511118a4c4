import { listSysctls, readSysctl, type SysctlChange, setSysctl } from './sysctl.js';

/** What the host does with packets that are not for it. */
export interface ForwardingState {
  readonly ipv4: boolean;
  /** Undefined on a kernel without IPv6. */
  readonly ipv6: boolean | undefined;
  /** Which firewalls see frames that stay on a bridge; undefined if the module br_netfilter is not loaded. */
  readonly bridgeNetfilter: BridgeNetfilter | undefined;
}

/** Whether frames between ports of a bridge pass the firewall rules of IPv4, IPv6 and ARP. */
export interface BridgeNetfilter {
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  readonly arp: boolean;
}

/** What was found, and what was changed about it. */
export interface ForwardingReport {
  readonly found: ForwardingState;
  /** In the order they were made; names as `setSysctl` has them. */
  readonly changes: readonly SysctlChange[];
}

/** Looks, and changes nothing. */
export async function readForwarding(): Promise<ForwardingState> {
  const [ipv4, ipv6] = await Promise.all([
    readSysctl('ipv4/ip_forward'),
    readSysctl('ipv6/conf/all/forwarding'),
  ]);
  return {
    ipv4: ipv4 === '1',
    ipv6: ipv6 === undefined ? undefined : ipv6 !== '0',
    bridgeNetfilter: await readBridgeNetfilter(),
  };
}

/**
 * Lets the host forward packets: of IPv4, and of IPv6 if pods have such addresses. It stays on, since others may have
 * come to need it. Throws PEAPOD_NETWORK_UNAVAILABLE.
 */
export async function enableForwarding({ ipv6 }: { readonly ipv6: boolean }): Promise<ForwardingReport> {
  const found = await readForwarding();
  const changes = [await setSysctl('ipv4/ip_forward', '1'), ...(ipv6 ? await enableIpv6Forwarding() : [])];
  return { found, changes: changes.filter((change) => change !== undefined) };
}

/**
 * A router takes no address and no default route from another router's advertisements, unless accept_ra is 2. Interfaces
 * that did so far go on: it is raised before forwarding is switched on, which would throw away the routes they have.
 */
async function enableIpv6Forwarding(): Promise<(SysctlChange | undefined)[]> {
  const names = await listSysctls('ipv6/conf');
  const raised = await Promise.all(names.map(keepAdvertisements));
  return [...raised, await setSysctl('ipv6/conf/all/forwarding', '1')];
}

async function keepAdvertisements(name: string): Promise<SysctlChange | undefined> {
  const accepts = await readSysctl(`ipv6/conf/${name}/accept_ra`);
  const forwards = await readSysctl(`ipv6/conf/${name}/forwarding`);
  const isListening = accepts === '1' && forwards === '0' && name !== 'all' && name !== 'lo';
  return isListening ? await setSysctl(`ipv6/conf/${name}/accept_ra`, '2') : undefined;
}

async function readBridgeNetfilter(): Promise<BridgeNetfilter | undefined> {
  const names = ['iptables', 'ip6tables', 'arptables'].map((name) => `bridge/bridge-nf-call-${name}`);
  const [ipv4, ipv6, arp] = await Promise.all(names.map(readSysctl));
  if (ipv4 === undefined) return undefined;
  return { ipv4: ipv4 === '1', ipv6: ipv6 === '1', arp: arp === '1' };
}
