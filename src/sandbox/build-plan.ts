import {
  CLONE_NEWNET,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MS_NODEV,
  MS_NOSUID,
  MS_RDONLY,
  MS_REMOUNT,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
} from '../kernel/constants.js';
import { newNamespaceFlags } from '../kernel/namespaces.js';
import type { Step } from '../kernel/plan/schema.js';
import type { LaunchPlan } from '../kernel/plan/types.js';
import type { NetworkSteps } from '../network/namespace-steps.js';
import { memoryVolumePath } from '../rootfs/volumes.js';
import type { SandboxSpec } from './spec.js';
import { buildSysctlSteps } from './sysctls.js';

/** A tmpfs of the pod's own at `path` of pause's root. */
function buildPodMount(path: string, options: readonly string[], attributes: number): Step[] {
  return [
    { op: 'makeDirectory', directory: 'root', name: path.slice(1), mode: 0o755 },
    { op: 'createFilesystem', type: 'tmpfs', options: ['source=tmpfs', ...options], attributes, out: path },
    { op: 'openIn', root: 'root', path, flags: O_PATH | O_DIRECTORY, out: `${path}/target` },
    { op: 'attachMount', mount: path, target: `${path}/target` },
  ];
}

/** Mode and size as Kubernetes' runtimes make /dev/shm and the kubelet makes in-memory volumes. */
function buildPodMounts(spec: SandboxSpec): Step[] {
  const devices = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  const shm = ['mode=1777', `size=${spec.shmBytes}`];
  return [
    ...(spec.ipc === 'pod' ? buildPodMount('/shm', shm, devices | MOUNT_ATTR_NOEXEC) : []),
    ...spec.memoryVolumes.flatMap(({ name, sizeBytes }) =>
      buildPodMount(
        memoryVolumePath(name),
        ['mode=0777', ...(sizeBytes > 0 ? [`size=${sizeBytes}`] : [])],
        MOUNT_ATTR_NODEV,
      ),
    ),
  ];
}

const rootSteps: readonly Step[] = [
  { op: 'copyMounts', mounts: 'mounts' },
  {
    op: 'createFilesystem',
    type: 'tmpfs',
    options: ['source=pod', 'mode=0755', 'size=64k'],
    attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
    out: 'root',
  },
  { op: 'openPath', path: '/', flags: O_PATH | O_DIRECTORY, out: 'empty' },
  { op: 'attachMount', mount: 'root', target: 'empty' },
  ...['r', 'volumes'].map((name): Step => ({ op: 'makeDirectory', directory: 'root', name, mode: 0o755 })),
];

/** What a pause is launched with that is not in its spec. */
export interface PausePlace {
  /**
   * The pod's run directory: made first, it tells a later engine whose cgroup to look for should this one die on the
   * way.
   */
  readonly run: string;
  /** Pause's own, which holds nothing else yet. */
  readonly cgroup: string;
  /** What its network takes. */
  readonly network: NetworkSteps;
}

/**
 * The plan of pause: new namespaces, a root that holds the pod's own mounts and nothing else, read-only, and the
 * pause program from a sealed memfd with /dev/null as its three streams. Inputs: `pause`, `null`, `mounts`, which it has a
 * copy of, and those of its network.
 */
export function buildSandboxPlan(spec: SandboxSpec, place: PausePlace): LaunchPlan {
  const { run, cgroup, network } = place;
  const isJoined = network.inputs.length > 0;
  // A sysctl may be one of its own.
  const isLate = network.isLate === true && spec.sysctls.length === 0;
  return {
    version: 1,
    name: 'pause',
    clone: {
      flags: newNamespaceFlags(spec) & ~(isJoined ? CLONE_NEWNET : 0),
      secondFlags: 0,
      cgroup: 'cgroup',
    },
    inputs: ['pause', 'null', 'mounts', ...network.inputs],
    before: [
      { op: 'ensureDirectory', path: run, mode: 0o700 },
      { op: 'ensureDirectory', path: cgroup, mode: 0o755 },
      { op: 'openPath', path: cgroup, flags: O_RDONLY | O_DIRECTORY, out: 'cgroup' },
    ],
    join: [],
    child: [
      ...(isLate ? [] : network.child),
      ...buildSysctlSteps(spec),
      { op: 'setUmask', mode: 0 },
      { op: 'createSession' },
      ...rootSteps,
      ...buildPodMounts(spec),
      { op: 'changeRoot', directory: 'root' },
      {
        op: 'mount',
        source: '',
        target: '/',
        type: '',
        flags: MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV,
        data: '',
      },
      ...(spec.uts === 'pod' ? [{ op: 'setHostname', name: spec.hostname } as const] : []),
      ...(isLate ? network.child : []),
      ...[0, 1, 2].map((number): Step => ({ op: 'duplicateFd', fd: 'null', number })),
      { op: 'closeOnExec', first: 3 },
      { op: 'blockSignals' },
      { op: 'execFd', file: 'pause', argv: ['/pause'], envp: [] },
    ],
  };
}
