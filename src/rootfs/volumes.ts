import {
  AT_RECURSIVE,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  O_DIRECTORY,
  O_PATH,
} from '../kernel/constants.js';
import type { Step } from '../kernel/plan/schema.js';

/** A mount of a container with the name its descriptors have in the plan. */
export interface VolumePlan {
  readonly name: string;
  readonly source:
    | { readonly kind: 'host'; readonly path: string; readonly subPath?: string; readonly recursive: boolean }
    | { readonly kind: 'memory'; readonly volume: string; readonly subPath?: string }
    | { readonly kind: 'rootfs' };
  readonly target: string;
  readonly readOnly: boolean;
  readonly file: boolean;
}

/** Where pause keeps an in-memory volume, in its own root. */
export function memoryVolumePath(volume: string): string {
  return `/volumes/${volume}`;
}

/** A volume that has a source outside the root file system. */
type SourcedVolume = VolumePlan & { readonly source: Exclude<VolumePlan['source'], { kind: 'rootfs' }> };

export function hasSource<Kind extends 'host' | 'memory'>(kind: Kind) {
  return (volume: VolumePlan): volume is SourcedVolume => volume.source.kind === kind;
}

function sourcePath({ source }: SourcedVolume): string {
  return source.kind === 'host' ? source.path : memoryVolumePath(source.volume);
}

/** A missing directory of a subPath is made, as the kubelet does; a link in it cannot leave the volume. */
function buildSubPathSteps(volume: SourcedVolume, subPath: string): Step[] {
  const root = `${volume.name}/root`;
  const make: Step = {
    op: 'makeIn',
    root,
    path: subPath,
    mode: 0o755,
    file: 0,
    resolve: 0,
    out: `${volume.name}/sub`,
  };
  return [
    { op: 'openPath', path: sourcePath(volume), flags: O_PATH | O_DIRECTORY, out: root },
    ...(volume.file ? [] : [make]),
    { op: 'cloneTreeIn', root, path: subPath, flags: AT_RECURSIVE, out: volume.name },
  ];
}

/**
 * Takes a detached copy of a volume's source, named after the volume, with its attributes. A host source must be
 * taken before the host's mount namespace is left, an in-memory one after the pod's is joined: only mounts of one's
 * own namespace can be cloned. Devices work on a file that was asked for by name, and nowhere else.
 */
export function buildVolumeSource(volume: SourcedVolume): Step[] {
  const { subPath } = volume.source;
  const recursive = volume.source.kind === 'host' && volume.source.recursive ? AT_RECURSIVE : 0;
  const clone: Step = { op: 'cloneTree', path: sourcePath(volume), flags: recursive, out: volume.name };
  const set = (volume.readOnly ? MOUNT_ATTR_RDONLY : 0) | (volume.file ? 0 : MOUNT_ATTR_NODEV);
  return [
    ...(subPath === undefined ? [clone] : buildSubPathSteps(volume, subPath)),
    {
      op: 'setMountAttributes',
      mount: volume.name,
      set,
      clear: 0,
      propagation: MS_PRIVATE,
      flags: AT_RECURSIVE,
    },
  ];
}

/**
 * Attaches a volume whose source was taken, making its mount point inside `root` when it is missing; one without a
 * source is the mount point's own content, on a mount of its own.
 */
export function buildVolumeTarget(volume: VolumePlan, root: string): Step[] {
  const target = `${volume.name}/target`;
  const cloneTarget: Step = {
    op: 'cloneTreeIn',
    root,
    path: volume.target,
    flags: 0,
    out: volume.name,
  };
  return [
    {
      op: 'makeIn',
      root,
      path: volume.target,
      mode: 0o755,
      file: volume.file ? 1 : 0,
      resolve: 0,
      out: target,
    },
    ...(volume.source.kind === 'rootfs' ? [cloneTarget] : []),
    { op: 'attachMount', mount: volume.name, target },
  ];
}
