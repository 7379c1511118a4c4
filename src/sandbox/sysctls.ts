import { hasCode, PeapodError } from '../errors.js';
import { isOwnNetwork, type PodNamespaces } from '../kernel/namespaces.js';
import type { Step } from '../kernel/plan/schema.js';
import { planSteps } from '../kernel/plan/slots.js';
import type { LaunchPlan } from '../kernel/plan/types.js';

/** A kernel parameter, for one of the pod's own namespaces. */
export interface Sysctl {
  /** As sysctl(8) prints it: `net.ipv4.tcp_syncookies`; a dot within a part is a slash: `net.ipv4.conf.eth0/1.mtu`. */
  readonly name: string;
  readonly value: string;
}

/** Parameters that each namespace of a kind has for itself, by the beginning of their names (or the whole of it). */
const namespaced = [
  { pattern: /^net\./, namespace: 'network' },
  { pattern: /^(kernel\.(shm|msg)|kernel\.sem$|fs\.mqueue\.)/, namespace: 'ipc' },
] as const;

/** The kind of namespace a parameter is of; undefined for those of the machine as a whole. */
export function sysctlNamespace(name: string): 'network' | 'ipc' | undefined {
  return namespaced.find(({ pattern }) => pattern.test(name))?.namespace;
}

/** Its file, which is another one in each namespace: which, is decided by who opens it. */
export function sysctlPath(name: string): string {
  return `/proc/sys/${name.replace(/[./]/g, (mark) => (mark === '.' ? '/' : '.'))}`;
}

/**
 * The steps that set a pod's parameters, to be run in its new namespaces while /proc of the host can be seen. Throws
 * PEAPOD_PLAN_INVALID for one that would be set for others as well.
 */
export function buildSysctlSteps(spec: PodNamespaces & { readonly sysctls: readonly Sysctl[] }): Step[] {
  return spec.sysctls.map(({ name, value }) => {
    if (!isOwn(name, spec)) {
      throw new PeapodError('PEAPOD_PLAN_INVALID', `The sysctl "${name}" is not the pod's own`, {
        details: { sysctl: name },
      });
    }
    return { op: 'writeFile', path: sysctlPath(name), content: value };
  });
}

function isOwn(name: string, { network, ipc }: PodNamespaces): boolean {
  const namespace = sysctlNamespace(name);
  return namespace === 'network' ? isOwnNetwork(network) : namespace === 'ipc' && ipc === 'pod';
}

/** The error of a launch in which a parameter could not be set, in other words; any other error as it is. */
export function explainSysctlFailure(error: unknown, plan: LaunchPlan, sysctls: readonly Sysctl[]): unknown {
  if (!hasCode(error, 'PEAPOD_LAUNCH_FAILED')) return error;
  const { step, code } = (error as PeapodError).details;
  const failed = planSteps(plan)[step as number];
  const sysctl = sysctls.find(({ name }) => failed?.op === 'writeFile' && failed.path === sysctlPath(name));
  return sysctl === undefined ? error : sysctlError(sysctl, String(code), error);
}

function sysctlError({ name, value }: Sysctl, code: string, cause: unknown): PeapodError {
  const details = { sysctl: name, value, code };
  if (code === 'ENOENT') {
    return new PeapodError(
      'PEAPOD_UNSUPPORTED',
      `Cannot set the sysctl "${name}": this kernel has none such`,
      {
        hint: 'A kernel module may be missing',
        details,
        cause,
      },
    );
  }
  const why = code === 'EINVAL' || code === 'ERANGE' ? 'the kernel does not take that value' : code;
  const message = `Cannot set the sysctl "${name}" to "${value}": ${why}`;
  return new PeapodError('PEAPOD_LAUNCH_FAILED', message, { details, cause });
}
