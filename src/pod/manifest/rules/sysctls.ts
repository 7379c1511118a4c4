import type { Pod } from 'kubernetes-types/core/v1.js';
import { sysctlNamespace } from '../../../sandbox/sysctls.js';
import { networkAnnotation } from '../../own-network.js';
import { isAllowedSysctl, isSafeSysctl, normalizeSysctlName } from '../../sysctls.js';
import type { Draft } from '../draft.js';
import type { Path } from '../node.js';
import type { Report } from '../report.js';
import { quote } from '../text.js';
import { checkUnique, type Named } from './names.js';

/** As the API server wants it; none of its parts can be `..`. */
const namePattern = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const longestName = 253;

/** Numbers, ranges and lists of them; the others that a host's owner allows may be words. */
const numbersPattern = /^[0-9., \t-]{1,1024}$/;
const wordsPattern = /^[\w., \t:/-]{1,1024}$/;

/** Kernel parameters: those that are of the pod alone, and safe or allowed here (`allowedUnsafe`: names, or `net.*`). */
export function checkSysctls(pod: Draft<Pod>, report: Report, allowedUnsafe: readonly string[]): void {
  const sysctls = pod.spec?.securityContext?.sysctls ?? [];
  const named: Named[] = [];
  for (const [index, { name: written, value }] of sysctls.entries()) {
    if (written === undefined) continue;
    const path = ['spec', 'securityContext', 'sysctls', index];
    const name = normalizeSysctlName(written);
    const flaw = findFlaw(written, allowedUnsafe) ?? findConflict(pod, name);
    if (flaw !== undefined) report.error([...path, 'name'], flaw.message, { hint: flaw.hint });
    else if (value !== undefined) checkValue(name, value, { path: [...path, 'value'], report });
    named.push({ name, path: [...path, 'name'] });
  }
  checkUnique(named, report);
}

interface Flaw {
  readonly message: string;
  readonly hint?: string;
}

function findFlaw(written: string, allowedUnsafe: readonly string[]): Flaw | undefined {
  if (written.length > longestName || !namePattern.test(written)) {
    return { message: 'must be the name of a kernel parameter, such as net.ipv4.tcp_syncookies' };
  }
  const name = normalizeSysctlName(written);
  if (sysctlNamespace(name) === undefined && !isSafeSysctl(name)) {
    return { message: `${quote(name)} is forbidden (SysctlForbidden): it is of the host, not of a pod` };
  }
  if (isAllowedSysctl(name, allowedUnsafe)) return undefined;
  const hint = 'serve with --allow-unsafe-sysctls to allow it';
  return { message: `${quote(name)} is forbidden (SysctlForbidden): it is not one of the safe ones`, hint };
}

/** A parameter of a namespace that is not the pod's own would be set for others. */
function findConflict({ metadata, spec }: Draft<Pod>, name: string): Flaw | undefined {
  if (sysctlNamespace(name) === 'ipc') {
    return spec?.hostIPC === true ? { message: 'must not be set together with hostIPC' } : undefined;
  }
  if (spec?.hostNetwork === true) return { message: 'must not be set together with hostNetwork' };
  const network = metadata?.annotations?.[networkAnnotation];
  if (network === undefined || network === 'none') return undefined;
  return { message: 'must not be set in a network namespace that the pod only joins' };
}

function checkValue(name: string, value: string, { path, report }: { path: Path; report: Report }): void {
  const pattern = isSafeSysctl(name) ? numbersPattern : wordsPattern;
  if (pattern.test(value)) return;
  const what = isSafeSysctl(name) ? 'numbers with' : 'words of letters, digits and "_" with';
  report.error(path, `must be ${what} blanks, ".", ",", "-" between them, not ${quote(value)}`);
}
