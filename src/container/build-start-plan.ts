import { PeapodError } from '../errors.js';
import {
  CLONE_NEWCGROUP,
  CLONE_NEWNS,
  CLONE_NEWPID,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  O_PATH,
  O_RDONLY,
} from '../kernel/constants.js';
import { type PodNamespaces, podNamespaceFlags } from '../kernel/namespaces.js';
import { buildPivotSteps, makePrivate } from '../kernel/plan/pivot.js';
import type { Step } from '../kernel/plan/schema.js';
import { descriptorsOf } from '../kernel/plan/slots.js';
import type { LaunchPlan } from '../kernel/plan/types.js';
import { buildDeviceSteps, deviceMounts } from '../rootfs/devices.js';
import { buildHostOverlaySteps } from '../rootfs/host-overlay.js';
import { buildProcSteps, buildSysSteps } from '../rootfs/kernel-files.js';
import { buildOverlaySteps } from '../rootfs/overlay.js';
import { buildVolumeSource, buildVolumeTarget, hasSource, type VolumePlan } from '../rootfs/volumes.js';
import { buildProcessSteps, streamInputs } from './process-steps.js';
import type { ContainerSpec } from './spec.js';

/** The writable layer, relative to the state directory. For a type, not an interface, since texts are filled into plans by name. */
export type RootTexts = {
  readonly upper: string;
  readonly work: string;
};

/** What a start depends on besides its container. */
export interface StartPaths extends RootTexts {
  /** An existing empty directory of the host, absolute, for the `host` image's scratch mounts. */
  readonly scratch: string;
  /** Directories of ours that the `host` image must not show, absolute. */
  readonly hidden: readonly string[];
}

/** /proc is ours to make; what is mounted on it would change what the kernel is asked and told (CVE-2025-52881). */
function checkTargets(spec: ContainerSpec): void {
  for (const { target } of spec.mounts) {
    if (target === '/' || target === '/proc' || target.startsWith('/proc/')) {
      throw new PeapodError(
        'PEAPOD_UNSUPPORTED',
        `Cannot mount a volume on "${target}" in container ${spec.name}`,
        {
          hint: 'Mount it elsewhere: the root and /proc are made by peapod',
        },
      );
    }
  }
}

/** Parents before children, whatever order the manifest has. */
function planVolumes(spec: ContainerSpec): VolumePlan[] {
  const depth = (path: string) => path.split('/').filter((part) => part !== '').length;
  return spec.mounts
    .map((mount, index) => ({ ...mount, name: `mount${index}` }))
    .sort((a, b) => depth(a.target) - depth(b.target));
}

/** The root of the container, `rootfs`, made while the host's mounts can be seen. */
function buildRoot({ rootfs }: ContainerSpec, { scratch, upper, work }: StartPaths): Step[] {
  return rootfs.kind === 'host'
    ? buildHostOverlaySteps({ scratch, upperBytes: rootfs.upperBytes })
    : buildOverlaySteps({ state: 'state', layers: rootfs.layers, upper, work });
}

/**
 * Closes what was opened in `steps`, or is an input they have used, and none of `later` needs: of the host's, they are for
 * nobody to find in a process that has entered the pod.
 */
function closeUnneeded(steps: readonly Step[], later: readonly Step[]): Step[] {
  const named = (some: readonly Step[]) => new Set(some.flatMap(descriptorsOf));
  const needed = named(later);
  return [...named(steps)].filter((fd) => !needed.has(fd)).map((fd): Step => ({ op: 'closeFd', fd }));
}

/** A copy of a shared mount is its peer: made private, or what is mounted on it in the container is on the host, too. */
const takeHostShm: readonly Step[] = [
  { op: 'cloneTree', path: '/dev/shm', flags: 0, out: 'shm' },
  { op: 'setMountAttributes', mount: 'shm', set: 0, clear: 0, propagation: MS_PRIVATE, flags: 0 },
];

/** What must be taken while the host's mounts can still be seen: detached copies, since nothing else can be moved. */
function buildHostSources(volumes: readonly VolumePlan[], ipc: 'pod' | 'host'): Step[] {
  return [
    ...volumes.filter(hasSource('host')).flatMap(buildVolumeSource),
    ...(ipc === 'host' ? takeHostShm : []),
  ];
}

/**
 * Leaves the host for the pod: its namespaces, then a copy of its few mounts that belongs to this container alone.
 * `empty` is pause's read-only `/r`, before the root goes over it: the cover for masked directories.
 */
function buildEntry(namespaces: PodNamespaces): Step[] {
  const shm: Step = { op: 'cloneTree', path: '/shm', flags: 0, out: 'shm' };
  return [
    { op: 'joinNamespaces', target: 'sandbox', flags: podNamespaceFlags(namespaces) },
    { op: 'unshare', flags: CLONE_NEWNS | CLONE_NEWCGROUP },
    makePrivate,
    { op: 'openPath', path: '/r', flags: O_PATH, out: 'empty' },
    { op: 'attachMount', mount: 'rootfs', target: 'empty' },
    ...(namespaces.ipc === 'pod' ? [shm] : []),
  ];
}

/** Of the plan's inputs, what every monitor has, in its order. */
const monitorInputs: readonly string[] = [...deviceMounts, 'cgroup', 'gate'];

/** And what the monitor is given with the plan, before the streams it makes: a pidfd of pause, the state directory. */
export const startInputs = ['sandbox', 'state'] as const;

/** The same in every container, and two thirds of its steps: built once. */
const sysSteps = buildSysSteps('rootfs');
const procSteps = buildProcSteps('rootfs');
const deviceSteps = buildDeviceSteps({ root: 'rootfs', shm: 'shm', terminal: false });
const terminalDeviceSteps = buildDeviceSteps({ root: 'rootfs', shm: 'shm', terminal: true });

function buildTree(spec: ContainerSpec, volumes: readonly VolumePlan[]): Step[] {
  const memory = volumes.filter(hasSource('memory'));
  // Of the /dev made here, before anything of the container's can be in the way.
  const noInput: Step = { op: 'openIn', root: 'dev', path: 'null', flags: O_RDONLY, out: 'noInput' };
  return [
    ...memory.flatMap(buildVolumeSource),
    ...(spec.process.terminal ? terminalDeviceSteps : deviceSteps),
    ...(spec.stdin || spec.process.terminal ? [] : [noInput]),
    ...sysSteps,
    ...volumes.flatMap((volume) => buildVolumeTarget(volume, 'rootfs')),
  ];
}

function buildFinish(spec: ContainerSpec, paths: StartPaths): Step[] {
  const hidden = spec.rootfs.kind === 'host' ? paths.hidden : [];
  const readOnly: Step = {
    op: 'setMountAttributes',
    mount: 'rootfs',
    set: MOUNT_ATTR_RDONLY,
    clear: 0,
    propagation: 0,
    flags: 0,
  };
  return [
    ...procSteps,
    ...hidden.map(
      (path): Step => ({ op: 'maskPath', root: 'rootfs', path, file: 'null', directory: 'empty' }),
    ),
    { op: 'makeIn', root: 'rootfs', path: spec.process.cwd, mode: 0o755, file: 0, resolve: 0, out: 'cwd' },
    ...(spec.readOnlyRootfs ? [readOnly] : []),
    ...buildPivotSteps('rootfs'),
    { op: 'changeDirectory', directory: 'cwd' },
    // Until the run's record, its socket and its log are there. As late as there are still rights to lose.
    { op: 'awaitGate', gate: 'gate' },
    ...buildProcessSteps(spec.process, spec.stdin ? 'stdin' : 'noInput'),
  ];
}

/**
 * The plan of a container's first process. Its inputs: the mounts /dev is made of, the cgroup and a gate, all of which the
 * monitor has, {@link startInputs}, then the streams, which the monitor adds.
 *
 * With the pod's PID namespace all but /proc is mounted by the intermediate that joins it, which the pod's processes
 * cannot see; otherwise one process does it all.
 */
export function buildStartPlan(
  spec: ContainerSpec,
  namespaces: PodNamespaces,
  paths: StartPaths,
): LaunchPlan {
  checkTargets(spec);
  const volumes = planVolumes(spec);
  const onHost = [...buildHostSources(volumes, namespaces.ipc), ...buildRoot(spec, paths)];
  const inPod = [...buildEntry(namespaces), ...buildTree(spec, volumes)];
  const inside = buildFinish(spec, paths);
  const outside: Step[] = [
    { op: 'closeOthers', first: 3 },
    { op: 'setUmask', mode: 0 },
    ...onHost,
    ...closeUnneeded(onHost, [...inPod, ...inside]),
    ...inPod,
  ];
  const joined = namespaces.pid === 'pod';
  return {
    version: 1,
    name: `container ${spec.name}`,
    clone: { flags: namespaces.pid === 'container' ? CLONE_NEWPID : 0, secondFlags: 0, cgroup: 'cgroup' },
    inputs: [...monitorInputs, ...startInputs, ...streamInputs(spec.process.terminal)],
    join: joined ? outside : [],
    child: joined ? inside : [...outside, ...inside],
  };
}
