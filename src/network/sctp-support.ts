import { existsSync } from 'node:fs';
import type { PublishedPort } from './attachment.js';
import { portError } from './port-error.js';

/** nf_conntrack has settings for each protocol that it was built for (CONFIG_NF_CT_PROTO_SCTP). */
const settings = '/proc/sys/net/netfilter';

/**
 * Refuses ports of SCTP on a kernel that cannot translate their addresses, with PEAPOD_UNSUPPORTED. Before connection
 * tracking is loaded nobody can tell; the firewall's tables load it.
 */
export function requireSctp(ports: readonly PublishedPort[], directory = settings): void {
  const port = ports.find(({ protocol }) => protocol === 'SCTP');
  if (port === undefined || !existsSync(`${directory}/nf_conntrack_max`)) return;
  if (existsSync(`${directory}/nf_conntrack_sctp_timeout_established`)) return;
  throw portError(port, 'connection tracking in this kernel was built without SCTP', {
    code: 'PEAPOD_UNSUPPORTED',
    hint: 'It takes a kernel with CONFIG_NF_CT_PROTO_SCTP; a pod with hostNetwork needs no publishing',
  });
}
