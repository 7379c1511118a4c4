import type { Pod, PodSpec } from 'kubernetes-types/core/v1.js';
import type { Draft } from '../draft.js';
import type { Report } from '../report.js';

/** A newer field than our types know. */
type NamedSpec = Draft<PodSpec> & { readonly hostnameOverride?: string };

/** In one line of /etc/resolv.conf, spaces counted. */
const longestSearchLine = 2048;

/** What a pod is called and where it looks names up must go together. */
export function checkNaming({ spec = {} }: Draft<Pod>, report: Report): void {
  checkOverride(spec, report);
  checkServers(spec, report);
  const { length } = (spec.dnsConfig?.searches ?? []).join(' ');
  if (length <= longestSearchLine) return;
  report.error(
    ['spec', 'dnsConfig', 'searches'],
    `must be at most ${longestSearchLine} characters together, not ${length}`,
  );
}

/** It would be said of a host that is not the pod's, or be no full name. */
function checkOverride(
  { hostnameOverride, hostNetwork, setHostnameAsFQDN }: NamedSpec,
  report: Report,
): void {
  if (!hostnameOverride) return;
  const path = ['spec', 'hostnameOverride'];
  if (hostNetwork === true) report.error(path, 'must not be set together with hostNetwork');
  if (setHostnameAsFQDN === true) report.error(path, 'must not be set together with setHostnameAsFQDN');
}

function checkServers({ dnsPolicy, dnsConfig }: Draft<PodSpec>, report: Report): void {
  if (dnsPolicy !== 'None' || (dnsConfig?.nameservers ?? []).length > 0) return;
  const hint = 'with dnsPolicy: None there are no other name servers';
  report.error(['spec', 'dnsConfig', 'nameservers'], 'must have at least 1 item', { hint });
}
