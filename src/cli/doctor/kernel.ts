import { release } from 'node:os';
import type { Check, Finding } from './check.js';
import { readText } from './read-file.js';

export const kernelChecks: readonly Check[] = [
  { name: 'kernel', look: () => judgeRelease(release()) },
  { name: 'overlayfs', look: () => lookForFilesystem('overlay') },
  { name: 'seccomp', look: lookAtSeccomp },
  { name: 'security modules', look: lookAtSecurityModules },
  { name: 'user namespaces', look: () => lookAtLimit('user') },
  { name: 'pid namespaces', look: () => lookAtLimit('pid') },
  { name: 'network namespaces', look: () => lookAtLimit('net') },
  { name: 'mount namespaces', look: () => lookAtLimit('mnt') },
  { name: 'pids', look: lookAtPidMax },
];

/** The oldest kernel everything is tried on. */
const oldest = [6, 1] as const;

/** Judges a release such as `6.1.0-18-amd64`. */
export function judgeRelease(text: string): Finding {
  const [major = 0, minor = 0] = text.split(/[.-]/).map(Number);
  const isEnough = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  if (isEnough) return { state: 'ok', detail: text };
  return {
    state: 'failed',
    detail: text,
    effect: 'no pods',
    hint: `Linux ${oldest.join('.')} or newer is needed`,
  };
}

function lookForFilesystem(name: string): Finding {
  const isKnown = (readText('/proc/filesystems') ?? '').split(/\s+/).includes(name);
  if (isKnown) return { state: 'ok', detail: 'known to the kernel' };
  const hint = `Load it: modprobe ${name}`;
  return {
    state: 'warning',
    detail: 'not known to the kernel (yet)',
    effect: 'images cannot be layered',
    hint,
  };
}

function lookAtSeccomp(): Finding {
  const actions = readText('/proc/sys/kernel/seccomp/actions_avail');
  if (actions !== undefined) return { state: 'ok', detail: actions };
  return { state: 'warning', detail: 'not in this kernel', effect: 'system calls cannot be filtered' };
}

function lookAtSecurityModules(): Finding {
  const modules = readText('/sys/kernel/security/lsm');
  return modules === undefined
    ? { state: 'unknown', detail: 'securityfs is not mounted' }
    : { state: 'ok', detail: modules };
}

/** Distributions set some of these to 0. A pod needs one of each but the user's. */
function lookAtLimit(kind: string): Finding {
  const text = readText(`/proc/sys/user/max_${kind}_namespaces`);
  if (text === undefined) return { state: 'unknown', detail: `no /proc/sys/user/max_${kind}_namespaces` };
  if (text !== '0') return { state: 'ok', detail: `at most ${text}` };
  const effect = kind === 'user' ? 'no pods with hostUsers: false' : 'no pods';
  const hint = `sysctl user.max_${kind}_namespaces=10000`;
  return { state: kind === 'user' ? 'warning' : 'failed', detail: 'none allowed', effect, hint };
}

function lookAtPidMax(): Finding {
  const pidMax = Number(readText('/proc/sys/kernel/pid_max'));
  if (pidMax > 100_000) return { state: 'ok', detail: `pid_max ${pidMax}` };
  return { state: 'ok', detail: `pid_max ${pidMax}: one fork bomb without a pids limit takes them all` };
}
