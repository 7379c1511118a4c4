import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  O_PATH,
  RESOLVE_NO_SYMLINKS,
} from '../kernel/constants.js';
import type { Step } from '../kernel/plan/schema.js';

/** Device numbers as mknod takes them (major << 8 | minor), from the kernel's admin-guide/devices.txt. */
const devices = [
  { name: 'null', device: 0x103 },
  { name: 'zero', device: 0x105 },
  { name: 'full', device: 0x107 },
  { name: 'random', device: 0x108 },
  { name: 'urandom', device: 0x109 },
  { name: 'tty', device: 0x500 },
] as const;

const links = [
  { name: 'fd', target: '/proc/self/fd' },
  { name: 'stdin', target: '/proc/self/fd/0' },
  { name: 'stdout', target: '/proc/self/fd/1' },
  { name: 'stderr', target: '/proc/self/fd/2' },
  { name: 'ptmx', target: 'pts/ptmx' },
] as const;

/** Debian's and Docker's gid of the group tty, which owns terminals. */
const TTY_GID = 5;

/** Names of the mounts that `makeDeviceSteps` makes. */
export const deviceMounts = ['dev', 'devpts'] as const;

const sealed = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

/**
 * /dev of a container that is to come, detached, the same for all: a tmpfs of its own with the devices every program
 * expects, and a terminal instance of its own for its /dev/pts. Needs the umask 0.
 */
export const makeDeviceSteps: readonly Step[] = [
  {
    op: 'createFilesystem',
    type: 'tmpfs',
    options: ['source=tmpfs', 'mode=0755', 'size=65536k'],
    attributes: sealed,
    out: 'dev',
  },
  ...devices.map(
    ({ name, device }): Step => ({ op: 'makeDevice', directory: 'dev', name, mode: 0o666, device }),
  ),
  ...links.map(({ name, target }): Step => ({ op: 'makeSymlink', directory: 'dev', name, target })),
  ...['pts', 'shm', 'mqueue'].map(
    (name): Step => ({ op: 'makeDirectory', directory: 'dev', name, mode: 0o755 }),
  ),
  {
    op: 'createFilesystem',
    type: 'devpts',
    options: ['source=devpts', 'ptmxmode=0666', 'mode=0620', `gid=${TTY_GID}`],
    attributes: sealed,
    out: 'devpts',
  },
];

export interface DeviceOptions {
  /** Name of the descriptor of the container's root. */
  readonly root: string;
  /** Name of a detached mount to be /dev/shm. */
  readonly shm: string;
  /** Whether the container has a terminal, which /dev/console then names. */
  readonly terminal: boolean;
}

function buildSubMount(name: string, mount: string): Step[] {
  return [
    { op: 'openIn', root: 'dev', path: name, flags: O_PATH, out: `dev/${name}` },
    { op: 'attachMount', mount, target: `dev/${name}` },
  ];
}

/**
 * Puts /dev together from the mounts `dev` and `devpts`, the pod's shared memory and the pod's message queues. Leaves
 * `null` (its /dev/null, the cover for masked files). A /dev of the image that is a symbolic link is refused (ELOOP),
 * never followed.
 */
export function buildDeviceSteps(options: DeviceOptions): Step[] {
  // A terminal instance of its own numbers from 0, so the container's first terminal is always pts/0.
  const console: Step = { op: 'makeSymlink', directory: 'dev', name: 'console', target: 'pts/0' };
  return [
    {
      op: 'makeIn',
      root: options.root,
      path: '/dev',
      mode: 0o755,
      file: 0,
      resolve: RESOLVE_NO_SYMLINKS,
      out: '/dev',
    },
    { op: 'attachMount', mount: 'dev', target: '/dev' },
    ...(options.terminal ? [console] : []),
    ...buildSubMount('pts', 'devpts'),
    ...buildSubMount('shm', options.shm),
    {
      op: 'createFilesystem',
      type: 'mqueue',
      options: ['source=mqueue'],
      attributes: sealed | MOUNT_ATTR_NODEV,
      out: 'mqueue',
    },
    ...buildSubMount('mqueue', 'mqueue'),
    { op: 'openIn', root: 'dev', path: 'null', flags: O_PATH, out: 'null' },
  ];
}
