import type { Container } from 'kubernetes-types/core/v1.js';
import type { ContainerSpec } from '../container/spec.js';
import type { ResolvedImage } from '../image/resolve.js';
import { containerLogDirectory, terminationMessagePath, volumeDirectory } from '../kernel/paths.js';
import { buildContainerSpec, type RunnableImage } from './build-container.js';
import type { ContainerPaths } from './container-mounts.js';
import { etcFilesOf } from './etc-files.js';
import { nodenameOf } from './hostname.js';
import type { LocalImage } from './images.js';
import { podNameOf } from './pod-object.js';
import type { PodState } from './pod-state.js';
import { orFail } from './start-failure.js';
import { wantedUser } from './user.js';
import { isFileSource, prepareVolumes } from './volumes.js';

/** What a container of the image `host` may write, in memory, before it gets ENOSPC. */
const hostUpperBytes = 256 * 1024 * 1024;

export interface PreparedRun {
  readonly spec: ContainerSpec;
  readonly imageId: string;
}

export interface RunSources {
  readonly container: Container;
  readonly attempt: number;
  readonly image: LocalImage;
}

/** Everything a run needs, looked up and checked, with nothing started yet. Rejects with StartFailure. */
export async function prepareRun(state: PodState, sources: RunSources): Promise<PreparedRun> {
  const { parts, pod } = state;
  await orFail('ContainerCreating', () => prepareVolumes(parts.paths, pod));
  const spec = await orFail('CreateContainerConfigError', () => buildSpec(state, sources));
  return { spec, imageId: sources.image.imageId };
}

function buildSpec(state: PodState, { container, attempt, image }: RunSources): ContainerSpec {
  const { parts, pod } = state;
  return buildContainerSpec({
    pod,
    container,
    attempt,
    image: runnable(image),
    user: parts.images.lookupUser(image, wantedUser(pod, container, image.config.user)),
    hostname: nodenameOf(pod, parts.names.clusterDomain),
    paths: containerPaths(state, container.name, attempt),
    logDirectory: containerLogDirectory(parts.paths, podNameOf(pod), container.name),
    isLogRead: state.readers > 0,
  });
}

function runnable({ config, rootfs }: ResolvedImage): RunnableImage {
  return { config, rootfs: rootfs.kind === 'host' ? { ...rootfs, upperBytes: hostUpperBytes } : rootfs };
}

function containerPaths({ parts: { paths }, uid }: PodState, name: string, attempt: number): ContainerPaths {
  const { hostname, hosts, resolvConf } = etcFilesOf(paths, uid);
  return {
    volume: (volume) => volumeDirectory(paths, uid, volume),
    terminationLog: terminationMessagePath(paths, uid, name, attempt),
    files: [
      { path: hostname, target: '/etc/hostname' },
      { path: hosts, target: '/etc/hosts' },
      { path: resolvConf, target: '/etc/resolv.conf' },
    ],
    isFile: isFileSource,
  };
}
