import { allCapabilities, type CapabilityName, capabilitiesIn } from '../../kernel/capabilities.js';
import type { Check, Finding } from './check.js';
import { readText } from './read-file.js';

export const privilegeChecks: readonly Check[] = [
  { name: 'user', look: lookAtUser },
  { name: 'capabilities', look: lookAtCapabilities },
];

function lookAtUser(): Finding {
  const uid = process.geteuid?.() ?? -1;
  if (uid === 0) return { state: 'ok', detail: 'root' };
  return { state: 'failed', detail: `user ${uid}`, effect: 'no pods', hint: 'Run peapod with sudo' };
}

/** What no pod can do without. */
const vital: Partial<Record<CapabilityName, string>> = {
  CAP_SYS_ADMIN: 'no namespaces and no mounts: no pods',
  CAP_SYS_CHROOT: 'no mount namespace can be joined: no pods',
  CAP_SYS_PTRACE: 'no namespaces of a pod can be joined: no pods',
  CAP_SETPCAP: 'pause cannot give up what it could ask for: no pods',
  CAP_SETUID: 'pause cannot become a user of its own: no pods',
  CAP_SETGID: 'pause cannot become a group of its own: no pods',
};

/** What else we need for ourselves, with what is lost without it. Any other is only missing in containers that ask for it. */
const needed: Partial<Record<CapabilityName, string>> = {
  ...vital,
  CAP_NET_ADMIN: 'no network for pods',
  CAP_SYS_RESOURCE: 'resource limits are clamped to our own, oom_score_adj cannot be lowered',
  CAP_MKNOD: 'no devices in image layers',
  CAP_KILL: 'containers of other users cannot be stopped',
};

function lookAtCapabilities(): Finding {
  const effective = Number.parseInt(
    /^CapEff:\s*(\w+)/m.exec(readText('/proc/self/status') ?? '')?.[1] ?? '0',
    16,
  );
  const held = capabilitiesIn(effective);
  const missing = capabilitiesIn(allCapabilities).filter((name) => !held.includes(name));
  if (missing.length === 0) return { state: 'ok', detail: `all ${held.length}` };
  const effects = missing.flatMap((name) => needed[name] ?? []);
  const detail = `missing ${missing.join(', ')}`;
  if (effects.length === 0) return { state: 'ok', detail };
  const state = missing.some((name) => vital[name] !== undefined) ? 'failed' : 'warning';
  return {
    state,
    detail,
    effect: effects.join('; '),
    hint: 'Run peapod outside of the container that took them',
  };
}
