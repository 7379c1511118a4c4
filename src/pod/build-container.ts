import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import type { ContainerSpec, ProcessSpec, Rootfs } from '../container/spec.js';
import type { ImageConfig } from '../image/config.js';
import type { ImageUser } from '../image/lookup-user.js';
import { buildArgv } from './argv.js';
import { buildCapabilities } from './capabilities.js';
import { configError } from './config-error.js';
import { buildImageVolumes, buildMounts, type ContainerPaths } from './container-mounts.js';
import { buildEnvironment, manifestVariables } from './environment.js';
import { stopSignalOf } from './stop-signal.js';
import { checkNonRoot, containerUser } from './user.js';

/** kubelet's rotation: 5 files of 10 MiB. */
const logMaxBytes = 10 * 1024 * 1024;
const logMaxFiles = 5;
/** Of a log that somebody reads from its beginning, who may be slower than the program writes: 1 GiB. */
const readLogMaxFiles = 100;

/** Wanted for every container; what we do not hold ourselves is cut down later. */
const rlimits: ProcessSpec['rlimits'] = {
  nofile: { soft: 1024, hard: 524_288 },
  core: { soft: 0, hard: 0 },
  memlock: { soft: 65_536, hard: 65_536 },
};

/** An image ready to be run. */
export interface RunnableImage {
  readonly config: ImageConfig;
  readonly rootfs: Rootfs;
}

export interface ContainerSources {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  readonly image: RunnableImage;
  /** What `wantedUser` asked for, looked up in the image. */
  readonly user: ImageUser;
  /** The nodename in the pod's UTS namespace. */
  readonly hostname: string;
  readonly paths: ContainerPaths;
  /** Absolute. */
  readonly logDirectory: string;
  /** Somebody reads the log from its beginning, and is to miss nothing. */
  readonly isLogRead?: boolean;
}

/**
 * Everything a run of a container is made from: kubelet's and containerd's rules, except that no_new_privs is on
 * unless allowPrivilegeEscalation is true in the manifest.
 *
 * @throws PEAPOD_CONTAINER_CONFIG with `details.reason` CreateContainerConfigError.
 */
export function buildContainerSpec(sources: ContainerSources): ContainerSpec {
  const { pod, container, attempt, image, user, paths, logDirectory } = sources;
  checkNonRoot({ pod, container, imageUser: image.config.user }, user);
  const variables = manifestVariables(pod, container);
  const readOnlyRootfs = container.securityContext?.readOnlyRootFilesystem === true;
  const mounts = buildMounts({ pod, container }, variables, paths);
  const own = readOnlyRootfs ? buildImageVolumes(image.config.volumes, mounts) : [];
  return {
    podUid: pod.metadata?.uid ?? '',
    name: container.name,
    attempt,
    rootfs: image.rootfs,
    readOnlyRootfs,
    mounts: [...mounts, ...own],
    process: buildProcess(sources, variables),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    logDirectory,
    logMaxBytes,
    logMaxFiles: sources.isLogRead ? readLogMaxFiles : logMaxFiles,
    stopSignal: stopSignalOf(container, image.config.stopSignal),
  };
}

function buildProcess(sources: ContainerSources, variables: ReadonlyMap<string, string>): ProcessSpec {
  const { pod, container, image, user, hostname } = sources;
  const { securityContext = {}, tty = false } = container;
  if (securityContext.privileged === true) {
    throw configError(`Cannot make container "${container.name}" privileged: it is not supported`);
  }
  const { home } = user;
  return {
    argv: buildArgv(container, image.config, variables),
    env: buildEnvironment({ imageEnv: image.config.env, variables, hostname, home, tty }),
    cwd: container.workingDir || image.config.workingDir || '/',
    user: containerUser(pod, user),
    capabilities: buildCapabilities(container),
    noNewPrivileges: securityContext.allowPrivilegeEscalation !== true,
    rlimits,
    terminal: tty,
  };
}
