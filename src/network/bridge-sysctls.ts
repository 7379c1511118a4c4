import { setSysctl } from './sysctl.js';

/**
 * What the host does on a bridge of pods, who may be hostile:
 * - route_localnet: 127.0.0.1 may be an address there, for the host's own connections to a published port. The firewall
 *   drops what comes from pods with it.
 * - rp_filter: a sender's address must be one that is reached by the bridge.
 * - accept_redirects, accept_ra: pods do not change the host's routes.
 * - accept_dad: its own addresses are ours to give, and nobody waits the second that asking for doubles takes.
 * - disable_ipv6: without a range of it, the host cannot be spoken to by its link-local address either.
 */
export async function setBridgeSysctls(
  bridge: string,
  ipv6: { has: boolean; isUsed: boolean },
): Promise<void> {
  const ipv4 = { route_localnet: '1', rp_filter: '1', accept_redirects: '0' };
  const disabled = ipv6.isUsed ? '0' : '1';
  const settings = { accept_dad: '0', disable_ipv6: disabled, accept_ra: '0', accept_redirects: '0' };
  await Promise.all([
    ...Object.entries(ipv4).map(([name, value]) => setSysctl(`ipv4/conf/${bridge}/${name}`, value)),
    ...(ipv6.has ? Object.entries(settings) : []).map(([name, value]) =>
      setSysctl(`ipv6/conf/${bridge}/${name}`, value),
    ),
  ]);
}
