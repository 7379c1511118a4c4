import type { Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import { type Sysctl, sysctlNamespace } from '../sandbox/sysctls.js';

/** kubelet's list (pkg/kubelet/sysctl/safe_sysctls.go): those that touch no other pod and cost the host nothing. */
const safeSysctls: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

/** With dots between the parts, whichever mark the manifest uses: the first one tells. */
export function normalizeSysctlName(name: string): string {
  if (/[./]/.exec(name)?.[0] !== '/') return name;
  return name.replace(/[./]/g, (mark) => (mark === '/' ? '.' : '/'));
}

export function isSafeSysctl(name: string): boolean {
  return safeSysctls.has(name);
}

/** True for a safe one, and for one that the engine was told to allow: by its name, or by what comes before a `*`. */
export function isAllowedSysctl(name: string, allowedUnsafe: readonly string[]): boolean {
  return isSafeSysctl(name) || allowedUnsafe.some((pattern) => matches(name, pattern));
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** Throws PEAPOD_USAGE for a pattern that would let a pod change the host. */
export function checkAllowedSysctls(patterns: readonly string[]): void {
  const wrong = patterns.find((pattern) => sysctlNamespace(pattern.replace(/\*$/, '')) === undefined);
  if (wrong === undefined) return;
  throw new PeapodError('PEAPOD_USAGE', `Cannot allow the sysctl "${wrong}": it is not one of a namespace`, {
    hint: 'Namespaces have net.*, kernel.shm*, kernel.msg*, kernel.sem and fs.mqueue.*',
  });
}

/** The parameters a pod asks for. */
export function sysctlsOf(pod: Pod): Sysctl[] {
  const sysctls = pod.spec?.securityContext?.sysctls ?? [];
  return sysctls.map(({ name, value }) => ({ name: normalizeSysctlName(name), value }));
}

/** Throws for a pod that was accepted when more was allowed. */
export function refuseForbiddenSysctls(sysctls: readonly Sysctl[], allowedUnsafe: readonly string[]): void {
  const forbidden = sysctls.find(({ name }) => !isAllowedSysctl(name, allowedUnsafe));
  if (forbidden === undefined) return;
  throw new PeapodError('PEAPOD_UNSUPPORTED', `forbidden sysctl: "${forbidden.name}" not allowlisted`, {
    hint: 'Serve with --allow-unsafe-sysctls to allow it',
    details: { reason: 'SysctlForbidden', sysctl: forbidden.name },
  });
}

/** True for what `refuseForbiddenSysctls` throws. */
export function isForbiddenSysctl(error: Error): boolean {
  return error instanceof PeapodError && error.details.reason === 'SysctlForbidden';
}
