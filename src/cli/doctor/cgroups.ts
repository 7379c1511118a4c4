import { join } from 'node:path';
import { findCgroupMount } from '../../kernel/cgroup.js';
import { type MountInfo, readMountinfo } from '../../kernel/mountinfo.js';
import type { Check, Finding } from './check.js';
import { readText } from './read-file.js';

export const cgroupChecks: readonly Check[] = [{ name: 'cgroup v2', look: lookAtCgroups }];

/** Each controller, and what does not work where version 2 lacks it. */
const effects: Record<string, string> = {
  cpu: 'no CPU limits and weights',
  memory: 'no memory limits',
  pids: 'no limits on processes',
  io: 'no I/O limits',
  cpuset: 'no pinning to CPUs',
};

function lookAtCgroups(): Finding {
  const mounts = readMountinfo();
  const mount = findCgroupMount(mounts);
  if (mount === undefined)
    return {
      state: 'failed',
      detail: 'not mounted',
      effect: 'no pods',
      hint: 'mount -t cgroup2 none /sys/fs/cgroup',
    };
  const controllers = (readText(join(mount, 'cgroup.controllers')) ?? '').split(' ').filter(Boolean);
  return judgeControllers({ mount, controllers, version1: version1Controllers(mounts) });
}

export interface CgroupFacts {
  readonly mount: string;
  /** Those of version 2. */
  readonly controllers: readonly string[];
  /** Those still bound to version 1. */
  readonly version1: readonly string[];
}

/** A host is pure when nothing is bound to version 1, hybrid otherwise. */
export function judgeControllers({ mount, controllers, version1 }: CgroupFacts): Finding {
  const kind = version1.length === 0 ? 'pure' : `hybrid: version 1 holds ${version1.join(', ')}`;
  const detail = `${mount} (${kind})`;
  const missing = Object.keys(effects).filter((name) => !controllers.includes(name));
  if (missing.length === 0) return { state: 'ok', detail };
  return {
    state: 'warning',
    detail: `${detail}; missing ${missing.join(', ')}`,
    effect: missing.map((name) => effects[name]).join('; '),
    hint: 'Boot with systemd.unified_cgroup_hierarchy=1, or cgroup_no_v1=all',
  };
}

function version1Controllers(mounts: readonly MountInfo[]): string[] {
  if (!mounts.some(({ type }) => type === 'cgroup')) return [];
  // Third column of /proc/cgroups: a hierarchy's number; 0 is version 2's, or none.
  const rows = (readText('/proc/cgroups') ?? '').split('\n').map((line) => line.split('\t'));
  return rows.flatMap(([name = '', hierarchy]) => (hierarchy !== '0' && !name.startsWith('#') ? [name] : []));
}
