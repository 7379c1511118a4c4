import type { NetworkFacts } from '../../pod/network-facts.js';
import type { Check, Finding } from './check.js';

export const networkChecks: readonly Check[] = [{ name: 'network of pods', look: lookAtNetwork }];

async function lookAtNetwork(): Promise<Finding> {
  if (process.geteuid?.() !== 0) return { state: 'unknown', detail: 'not asked: it takes root' };
  const { readNetworkFacts } = await import('../../pod/network-facts.js');
  return judgeNetwork(await readNetworkFacts());
}

/** What pods cannot have where a part of nftables is missing; and what the host is set to. */
export function judgeNetwork({ forwarding, missing }: NetworkFacts): Finding {
  const detail = [describeForwarding(forwarding), ...describeBridges(forwarding)].join('; ');
  if (missing.length === 0) return { state: 'ok', detail };
  const needed = missing.filter(({ isOptional }) => !isOptional);
  return {
    state: 'warning',
    detail: `${detail}; nftables lacks ${missing.map(({ what }) => what).join(', ')}`,
    effect:
      needed.length === 0
        ? 'pods can claim the addresses of others'
        : 'no pods with an address of their own, but with the network of the host, with none or with CNI',
    hint: `modprobe -a ${missing.map(({ module }) => module).join(' ')}`,
  };
}

function describeForwarding({ ipv4, ipv6 }: NetworkFacts['forwarding']): string {
  if (!ipv4) return 'forwarding is off, until the first pod needs it';
  return `the host forwards IPv4${ipv6 ? ' and IPv6' : ''}`;
}

/** With br_netfilter other rules of the host count between pods, a FORWARD policy of drop for one. */
function describeBridges({ bridgeNetfilter }: NetworkFacts['forwarding']): string[] {
  const { ipv4 = false, ipv6 = false } = bridgeNetfilter ?? {};
  return ipv4 || ipv6 ? ["the host's firewall also sees what stays on a bridge (br_netfilter)"] : [];
}
