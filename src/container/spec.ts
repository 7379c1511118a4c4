/** Where a mount of a container comes from. */
export type MountSource =
  /** A directory or file of the host: a hostPath, a disk volume, a file we made. */
  | { readonly kind: 'host'; readonly path: string; readonly subPath?: string; readonly recursive: boolean }
  /** An in-memory volume that pause holds. */
  | { readonly kind: 'memory'; readonly volume: string; readonly subPath?: string }
  /** The target itself, as the root file system has it: it stays writable when that is read-only. */
  | { readonly kind: 'rootfs' };

export interface ContainerMount {
  readonly source: MountSource;
  /** Absolute path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
  /** True when the source is a file: the target is made as a file. */
  readonly file: boolean;
}

export type Rootfs =
  /** Layers of an image, top first, as paths relative to the state directory, and a writable directory on disk. */
  | { readonly kind: 'overlay'; readonly layers: readonly string[] }
  /** The host's own root as the lower layer, with the writable layer on a tmpfs of at most `upperBytes`. */
  | { readonly kind: 'host'; readonly upperBytes: number };

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
}

/** A process in a container: its first, or one that enters later. One builder serves all, so none differs by accident. */
export interface ProcessSpec {
  /** argv, at least one entry; a name without a slash is looked up in the PATH of `env`. */
  readonly argv: readonly string[];
  /** `NAME=value` entries, complete: nothing is inherited. */
  readonly env: readonly string[];
  /** Absolute working directory, made when it is missing. */
  readonly cwd: string;
  readonly user: ContainerUser;
  /** Names without CAP_, for the bounding set and, for root, permitted and effective. */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  /** Wanted limits by name, for example `nofile`; clamped to what we hold. */
  readonly rlimits: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  readonly terminal: boolean;
}

/** Everything a container is made from. */
export interface ContainerSpec {
  readonly podUid: string;
  readonly name: string;
  /** restartCount: each run of a container is a container of its own to the runtime. */
  readonly attempt: number;
  readonly rootfs: Rootfs;
  readonly readOnlyRootfs: boolean;
  readonly mounts: readonly ContainerMount[];
  readonly process: ProcessSpec;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  /** Directory of the CRI log, absolute; the file is `<attempt>.log`. */
  readonly logDirectory: string;
  readonly logMaxBytes: number;
  readonly logMaxFiles: number;
  /** Signal number that asks it to end, 15 unless the image or the manifest says otherwise. */
  readonly stopSignal: number;
}
