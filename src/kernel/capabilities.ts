import { readFileSync } from 'node:fs';

/** All capabilities of Linux 6.1 and later (none was added since 5.9), in the order of their bits. */
export const capabilityNames = [
  ...[
    'CAP_CHOWN',
    'CAP_DAC_OVERRIDE',
    'CAP_DAC_READ_SEARCH',
    'CAP_FOWNER',
    'CAP_FSETID',
    'CAP_KILL',
    'CAP_SETGID',
  ],
  ...['CAP_SETUID', 'CAP_SETPCAP', 'CAP_LINUX_IMMUTABLE', 'CAP_NET_BIND_SERVICE', 'CAP_NET_BROADCAST'],
  ...['CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_IPC_LOCK', 'CAP_IPC_OWNER', 'CAP_SYS_MODULE', 'CAP_SYS_RAWIO'],
  ...['CAP_SYS_CHROOT', 'CAP_SYS_PTRACE', 'CAP_SYS_PACCT', 'CAP_SYS_ADMIN', 'CAP_SYS_BOOT', 'CAP_SYS_NICE'],
  ...['CAP_SYS_RESOURCE', 'CAP_SYS_TIME', 'CAP_SYS_TTY_CONFIG', 'CAP_MKNOD', 'CAP_LEASE', 'CAP_AUDIT_WRITE'],
  ...[
    'CAP_AUDIT_CONTROL',
    'CAP_SETFCAP',
    'CAP_MAC_OVERRIDE',
    'CAP_MAC_ADMIN',
    'CAP_SYSLOG',
    'CAP_WAKE_ALARM',
  ],
  ...['CAP_BLOCK_SUSPEND', 'CAP_AUDIT_READ', 'CAP_PERFMON', 'CAP_BPF', 'CAP_CHECKPOINT_RESTORE'],
] as const;

/** The same as v1's Pod writes them, without CAP_. */
export const plainCapabilityNames: readonly string[] = capabilityNames.map((name) =>
  name.slice('CAP_'.length),
);

export type CapabilityName = (typeof capabilityNames)[number];

const bits = new Map<string, number>(capabilityNames.map((name, bit) => [name, bit]));

/** Every capability there is, as a mask. Masks have 41 bits: only `+`, never `|`, which stops at 32. */
export const allCapabilities = 2 ** capabilityNames.length - 1;

/** Reads `NET_ADMIN` or `CAP_NET_ADMIN` in any case; undefined if there is none of that name. */
export function parseCapability(text: string): CapabilityName | undefined {
  const upper = text.toUpperCase();
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  return bits.has(name) ? (name as CapabilityName) : undefined;
}

/** The mask that has just these bits. */
export function capabilityMask(names: Iterable<CapabilityName>): number {
  let mask = 0;
  for (const name of new Set(names)) mask += bitValue(name);
  return mask;
}

function bitValue(name: CapabilityName): number {
  return 2 ** (bits.get(name) as number);
}

/** Whether a mask has the bit of a capability. */
export function hasCapability(mask: number, name: CapabilityName): boolean {
  return Math.floor(mask / bitValue(name)) % 2 === 1;
}

/** The names of a mask's bits, in order. */
export function capabilitiesIn(mask: number): CapabilityName[] {
  return capabilityNames.filter((name) => hasCapability(mask, name));
}

/** The mask of the bounding set of this process: what a container can have at most. */
export function readBoundingCapabilities(): number {
  const match = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number.parseInt(match?.[1] ?? '0', 16);
}
