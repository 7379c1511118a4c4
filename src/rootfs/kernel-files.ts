import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  O_PATH,
  RESOLVE_NO_SYMLINKS,
} from '../kernel/constants.js';
import type { Step } from '../kernel/plan/schema.js';

/** Beneath /proc: what tells about the host or reaches into its kernel. The union of what the peers hide. */
const maskedProc = [
  'acpi',
  'asound',
  'interrupts',
  'kcore',
  'keys',
  'latency_stats',
  'sched_debug',
  'scsi',
  'timer_list',
  'timer_stats',
] as const;

const readOnlyProc = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'] as const;

const maskedSys = [
  'devices/virtual/powercap',
  'firmware',
  'fs/bpf',
  'fs/selinux',
  'kernel/debug',
  'kernel/tracing',
] as const;

const sealed = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV;

function buildMasks(root: string, paths: readonly string[]): Step[] {
  return paths.map((path): Step => ({ op: 'maskPath', root, path, file: 'null', directory: 'empty' }));
}

/**
 * /sys and /sys/fs/cgroup, read-only, as the container's network and cgroup namespaces show them. Needs `null` and
 * `empty`, the covers for masked files and directories. The masks go on by descriptors of the mounts made here, so
 * no path of the image is ever followed.
 */
export function buildSysSteps(root: string): Step[] {
  const attributes = sealed | MOUNT_ATTR_RDONLY;
  return [
    { op: 'createFilesystem', type: 'sysfs', options: ['source=sysfs'], attributes, out: 'sys' },
    { op: 'makeIn', root, path: '/sys', mode: 0o755, file: 0, resolve: RESOLVE_NO_SYMLINKS, out: '/sys' },
    { op: 'attachMount', mount: 'sys', target: '/sys' },
    ...buildMasks('sys', maskedSys),
    { op: 'createFilesystem', type: 'cgroup2', options: ['source=cgroup'], attributes, out: 'cgroupfs' },
    { op: 'openIn', root: 'sys', path: 'fs/cgroup', flags: O_PATH, out: '/sys/fs/cgroup' },
    { op: 'attachMount', mount: 'cgroupfs', target: '/sys/fs/cgroup' },
  ];
}

/** /proc of the PID namespace the process is in, with what must be hidden or read-only. Needs `null` and `empty`. */
export function buildProcSteps(root: string): Step[] {
  return [
    { op: 'createFilesystem', type: 'proc', options: ['source=proc'], attributes: sealed, out: 'proc' },
    { op: 'makeIn', root, path: '/proc', mode: 0o755, file: 0, resolve: RESOLVE_NO_SYMLINKS, out: '/proc' },
    { op: 'attachMount', mount: 'proc', target: '/proc' },
    ...buildMasks('proc', maskedProc),
    ...readOnlyProc.map((path): Step => ({ op: 'readOnlyPath', root: 'proc', path })),
  ];
}
