import { hasCode } from '../errors.js';
import { Cgroup } from '../kernel/cgroup.js';
import { monitorCgroup } from '../kernel/host.js';
import { readMountinfo } from '../kernel/mountinfo.js';
import { readNamespaceInodes } from '../kernel/namespace-inodes.js';
import { pidOf } from '../kernel/pidfd.js';
import type { Container } from './container.js';

/** A mount as the container sees it. */
export interface MountInspection {
  readonly target: string;
  readonly type: string;
  readonly source: string;
  /** The part of the source's file system that is mounted. */
  readonly root: string;
  readonly isReadOnly: boolean;
}

/** What the kernel has of one run. What only a living process has is absent, or empty, once it ended. */
export interface RunInspection {
  /** Of the first process, on the host. */
  readonly pid?: number;
  /** Every process in the container's cgroup. */
  readonly pids: readonly number[];
  readonly monitorPid?: number;
  readonly cgroup: string;
  /** The directory of its records and its monitor's socket. */
  readonly runDirectory: string;
  /** Inode numbers by name, for example `net`. */
  readonly namespaces: Readonly<Record<string, number>>;
  readonly mounts: readonly MountInspection[];
}

/** Looks at a run, which may end meanwhile. */
export function inspectContainer({ host, paths, pidfd, record }: Container): RunInspection {
  const pid = pidfd < 0 ? undefined : pidOf(pidfd);
  const [monitorPid] = processesOf(monitorCgroup(host, record.monitor));
  return {
    ...(pid !== undefined && { pid }),
    pids: processesOf(paths.cgroup),
    ...(monitorPid !== undefined && { monitorPid }),
    cgroup: paths.cgroup,
    runDirectory: paths.run,
    namespaces: (pid && ifAlive(() => readNamespaceInodes(pid))) || {},
    mounts: (pid && ifAlive(() => readMounts(pid))) || [],
  };
}

function readMounts(pid: number): MountInspection[] {
  return readMountinfo(pid).map(({ mountPoint, type, source, root, options }) => ({
    target: mountPoint,
    type,
    source,
    root,
    isReadOnly: options.includes('ro'),
  }));
}

function processesOf(path: string): number[] {
  const list = () => {
    const cgroup = Cgroup.open(path);
    try {
      return cgroup.processes();
    } finally {
      cgroup.close();
    }
  };
  return ifAlive(list) ?? [];
}

/** ENOENT and ENODEV: the process or its cgroup is gone; EINVAL: a zombie has no mounts. */
const goneCodes = ['ENOENT', 'ESRCH', 'ENODEV', 'EINVAL'];

function ifAlive<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (goneCodes.some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}
