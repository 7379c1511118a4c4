import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hasCode, PeapodError } from '../errors.js';
import { binding } from '../native/binding.js';
import { hasCapability, readBoundingCapabilities } from './capabilities.js';
import { findCgroupMount } from './cgroup.js';
import { AT_FDCWD, O_DIRECTORY, O_PATH, O_RDWR, RLIMITS } from './constants.js';
import { Descriptors } from './descriptors.js';
import { digest } from './digest.js';
import { EmptyMounts } from './empty-mounts.js';
import { readMountinfo } from './mountinfo.js';
import { buildPaths, type Paths, podRunDirectory } from './paths.js';

/** One root's place on this machine: what sandboxes and containers are made in and from. */
export interface Host {
  readonly paths: Paths;
  /** The cgroup all of this root's live below: `peapod`, or `peapod-<id>` for a root that is not the default. */
  readonly cgroup: string;
  /** The cgroup's own name: what every kernel object of this root is called by. */
  readonly name: string;
  /** The state directory (O_PATH): layers are named relative to it. */
  readonly stateFd: number;
  /** /dev/null, for reading and writing. */
  readonly nullFd: number;
  /** What the mount namespaces of pods are copies of. */
  readonly emptyMounts: EmptyMounts;
  /** An empty directory: mounts are hung on it in namespaces nobody else sees. */
  readonly anchor: string;
  /** The root's directories without symbolic links on the way: not for a container that sees the host's files. */
  readonly hidden: readonly string[];
  /** Bit mask of the capabilities this process can hand on. */
  readonly capabilities: number;
  /**
   * The largest limit of a resource that a process of ours can be given; Infinity for none. It is our own hard limit, or
   * with CAP_SYS_RESOURCE what the kernel takes from anybody.
   */
  rlimit(resource: number): number;
  /** Closes the descriptors; what runs, runs on. */
  close(): void;
}

/** The largest value of an rlimit, which stands for none (getrlimit(2)). */
const RLIM_INFINITY = 2n ** 64n - 1n;

function readRlimit(resource: number, capabilities: number): number {
  if (hasCapability(capabilities, 'CAP_SYS_RESOURCE')) return readCeiling(resource);
  const { hard } = binding().getRlimit(resource);
  return hard === RLIM_INFINITY ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Of all resources only descriptors have a limit that holds for everybody, proc_sys_fs(5): EPERM above it. */
function readCeiling(resource: number): number {
  if (resource !== RLIMITS.RLIMIT_NOFILE) return Number.POSITIVE_INFINITY;
  return Number(readFileSync('/proc/sys/fs/nr_open', 'utf8'));
}

/** Asks for each limit once: every start wants to know, and they hardly change. */
function rememberRlimits(capabilities: number): Host['rlimit'] {
  const known = new Map<number, number>();
  return (resource) => {
    const limit = known.get(resource) ?? readRlimit(resource, capabilities);
    known.set(resource, limit);
    return limit;
  };
}

/** Every kernel object of a root carries this name, so that two roots never touch each other's. */
function rootName(state: string): string {
  if (state === buildPaths().state) {
    return 'peapod';
  }
  const id = digest(realpathSync(state)).slice(0, 12);
  return `peapod-${id}`;
}

function cgroupMount(): string {
  const mount = findCgroupMount(readMountinfo());
  if (mount === undefined) {
    throw new PeapodError('PEAPOD_CGROUP_UNAVAILABLE', 'No cgroup v2 hierarchy is mounted', {
      hint: 'Mount it: mount -t cgroup2 none /sys/fs/cgroup (or /sys/fs/cgroup/unified beside cgroup v1)',
    });
  }
  return mount;
}

/** Makes the directories of a root and opens what every launch needs. Throws PEAPOD_CGROUP_UNAVAILABLE without cgroup v2. */
export function openHost(paths: Paths): Host {
  const anchor = join(paths.run, 'anchor');
  for (const directory of [paths.state, paths.podRuns, anchor]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  const native = binding();
  const cgroup = join(cgroupMount(), rootName(paths.state));
  const hidden = [paths.state, paths.run].map((path) => realpathSync(path));
  const capabilities = readBoundingCapabilities();
  const own = new Descriptors();
  try {
    const stateFd = own.keep(native.openat(AT_FDCWD, paths.state, O_PATH | O_DIRECTORY, 0));
    const nullFd = own.keep(native.openat(AT_FDCWD, '/dev/null', O_RDWR, 0));
    const emptyMounts = new EmptyMounts(anchor);
    const close = () => {
      emptyMounts.close();
      own.close();
    };
    return {
      paths,
      cgroup,
      name: basename(cgroup),
      stateFd,
      nullFd,
      emptyMounts,
      anchor,
      hidden,
      capabilities,
      rlimit: rememberRlimits(capabilities),
      close,
    };
  } catch (error) {
    own.close();
    throw error;
  }
}

export function podCgroup(host: Host, podUid: string): string {
  return `${host.cgroup}/pod${podUid}`;
}

/** The cgroup of one run of a container: below its pod's, beside pause's. */
export function containerCgroup(host: Host, run: { podUid: string; name: string; attempt: number }): string {
  return `${podCgroup(host, run.podUid)}/${run.name}-${run.attempt}`;
}

/** The cgroups of this root's monitors. */
export function monitorsCgroup(host: Host): string {
  return `${host.cgroup}/monitors`;
}

/** A monitor's own: outside the pod, so that neither a limit nor a kill of the pod reaches it. Its run's record has the name. */
export function monitorCgroup(host: Host, name: string): string {
  return `${monitorsCgroup(host)}/${name}`;
}

/** Removes the cgroups that hold this root's others, if nothing is left in them. */
export function removeEmptyCgroups(host: Host): void {
  for (const path of [monitorsCgroup(host), host.cgroup]) {
    removeIfEmpty(path);
  }
}

/** Removes the run directory of a pod, if nothing is left in it; false if something is. */
export function removeEmptyRunDirectory(host: Host, podUid: string): boolean {
  return removeIfEmpty(podRunDirectory(host.paths, podUid));
}

const stillNeeded = ['ENOTEMPTY', 'EBUSY'];

function removeIfEmpty(path: string): boolean {
  try {
    binding().unlinkat(AT_FDCWD, path, true);
    return true;
  } catch (error) {
    if (!stillNeeded.some((code) => hasCode(error, code)) && !hasCode(error, 'ENOENT')) {
      throw error;
    }
    return hasCode(error, 'ENOENT');
  }
}
