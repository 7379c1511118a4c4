import type { Container } from 'kubernetes-types/core/v1.js';
import { configError } from './config-error.js';

/** What CRI-O gives a container that asks for nothing. */
const defaults = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'KILL',
];

/** Every capability of Linux 6.1, in the kernel's order: capabilities(7). */
const known = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
  ...[
    'LINUX_IMMUTABLE',
    'NET_BIND_SERVICE',
    'NET_BROADCAST',
    'NET_ADMIN',
    'NET_RAW',
    'IPC_LOCK',
    'IPC_OWNER',
  ],
  ...[
    'SYS_MODULE',
    'SYS_RAWIO',
    'SYS_CHROOT',
    'SYS_PTRACE',
    'SYS_PACCT',
    'SYS_ADMIN',
    'SYS_BOOT',
    'SYS_NICE',
  ],
  ...[
    'SYS_RESOURCE',
    'SYS_TIME',
    'SYS_TTY_CONFIG',
    'MKNOD',
    'LEASE',
    'AUDIT_WRITE',
    'AUDIT_CONTROL',
    'SETFCAP',
  ],
  ...['MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF'],
  'CHECKPOINT_RESTORE',
];

/**
 * The capabilities of a container, without CAP_ and in the kernel's order, by containerd's rule: the defaults, all
 * when `add` says ALL, none when `drop` says ALL; then with what `add` names, then without what `drop` names.
 *
 * @throws PEAPOD_CONTAINER_CONFIG for a name the kernel does not have.
 */
export function buildCapabilities(container: Container): readonly string[] {
  const { add = [], drop = [] } = container.securityContext?.capabilities ?? {};
  const added = add.map((name) => normalize(container, name));
  const dropped = drop.map((name) => normalize(container, name));
  const start = added.includes('ALL') ? known : defaults;
  const wanted = new Set([...(dropped.includes('ALL') ? [] : start), ...added]);
  return known.filter((name) => wanted.has(name) && !dropped.includes(name));
}

function normalize(container: Container, name: string): string {
  const plain = name.toUpperCase().replace(/^CAP_/, '');
  if (plain === 'ALL' || known.includes(plain)) return plain;
  throw configError(
    `Cannot give container "${container.name}" the capability "${name}": there is none of that name`,
  );
}
