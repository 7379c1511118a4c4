import type { Container, Pod, Volume, VolumeMount } from 'kubernetes-types/core/v1.js';
import type { ContainerMount, MountSource } from '../container/spec.js';
import { isMemoryVolume } from './build-sandbox.js';
import { configError } from './config-error.js';
import { expand, unknownReferences } from './expansion.js';

/** Where the files and directories of a pod are on this host, and what they are. */
export interface ContainerPaths {
  /** Directory of an emptyDir on disk. */
  volume(name: string): string;
  /** The file the container may write its termination message to. */
  readonly terminationLog: string;
  /** Files we make for the container: `target` is /etc/hostname, /etc/hosts, … */
  readonly files: readonly { readonly path: string; readonly target: string }[];
  /** Whether a source is (or, for a subPath, names) something else than a directory. */
  isFile(source: MountSource): boolean;
}

const defaultTerminationLog = '/dev/termination-log';

/**
 * The mounts a manifest asks for and those every container gets; of two for one target the manifest's stands.
 * Parents come before what is mounted inside them.
 *
 * @param variables for subPathExpr.
 * @throws PEAPOD_CONTAINER_CONFIG
 */
export function buildMounts(
  { pod, container }: { readonly pod: Pod; readonly container: Container },
  variables: ReadonlyMap<string, string>,
  paths: ContainerPaths,
): readonly ContainerMount[] {
  const asked = (container.volumeMounts ?? []).map((mount) => {
    const source = sourceOf(findVolume(pod, container, mount), subPathOf(mount, variables), paths);
    return {
      source,
      target: normalize(mount.mountPath),
      readOnly: mount.readOnly === true,
      file: paths.isFile(source),
    };
  });
  const targets = new Set(asked.map(({ target }) => target));
  const given = givenMounts(container, paths).filter(({ target }) => !targets.has(target));
  return [...asked, ...given].sort((left, right) => depth(left.target) - depth(right.target));
}

function givenMounts(container: Container, paths: ContainerPaths): readonly ContainerMount[] {
  const log = {
    path: paths.terminationLog,
    target: container.terminationMessagePath ?? defaultTerminationLog,
  };
  return [...paths.files, log].map(({ path, target }) => ({
    source: { kind: 'host', path, recursive: false },
    target: normalize(target),
    readOnly: false,
    file: true,
  }));
}

function findVolume(pod: Pod, container: Container, { name }: VolumeMount): Volume {
  const volume = pod.spec?.volumes?.find((candidate) => candidate.name === name);
  if (volume !== undefined) return volume;
  throw configError(
    `Cannot mount volume "${name}" in container "${container.name}": the pod has none of that name`,
  );
}

function sourceOf(volume: Volume, subPath: string | undefined, paths: ContainerPaths): MountSource {
  const inside = subPath === undefined ? {} : { subPath };
  if (isMemoryVolume(volume)) return { kind: 'memory', volume: volume.name, ...inside };
  if (volume.hostPath !== undefined) {
    return { kind: 'host', path: volume.hostPath.path, ...inside, recursive: true };
  }
  if (volume.emptyDir !== undefined) {
    return { kind: 'host', path: paths.volume(volume.name), ...inside, recursive: false };
  }
  const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'no source';
  throw configError(`Cannot mount volume "${volume.name}": ${kind} is not supported`);
}

function subPathOf(mount: VolumeMount, variables: ReadonlyMap<string, string>): string | undefined {
  const { subPathExpr, subPath } = mount;
  const [unknown] = unknownReferences(subPathExpr ?? '', variables);
  if (unknown !== undefined) {
    throw configError(`Cannot expand subPathExpr "${subPathExpr}": there is no variable "${unknown}"`);
  }
  const path = subPathExpr ? expand(subPathExpr, variables) : subPath;
  if (path === undefined || path === '') return undefined;
  if (!path.startsWith('/') && !path.split('/').includes('..')) return path;
  throw configError(
    `Cannot mount the subPath "${path}" of volume "${mount.name}": it leads out of the volume`,
  );
}

/**
 * The image's own volumes. What a container writes goes with it, volume or not, so they make a difference only to a
 * read-only root: there they stay writable. What the manifest mounts, at one of them or above it, covers it.
 */
export function buildImageVolumes(
  volumes: readonly string[],
  mounts: readonly ContainerMount[],
): readonly ContainerMount[] {
  const targets = [...new Set(volumes.map(normalize))];
  const isCovered = (path: string) =>
    mounts.some(({ target }) => path === target || path.startsWith(`${target}/`));
  return targets
    .filter((target) => !isCovered(target))
    .map((target) => ({ source: { kind: 'rootfs' }, target, readOnly: false, file: false }));
}

/** Without doubled and final slashes, so that equal places are equal texts. */
function normalize(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`;
}

function depth(path: string): number {
  return path.split('/').length;
}
