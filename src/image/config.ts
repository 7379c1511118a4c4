/** What an image says about the process to run, in the words of the OCI image configuration. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** `NAME=value` entries, names unique. */
  readonly env: readonly string[];
  /** `user`, `uid`, `user:group`…, read by `lookupUser`; '' is root. */
  readonly user: string;
  /** Absolute, or '' for `/`. */
  readonly workingDir: string;
  /** A signal's name or number; '' is SIGTERM. */
  readonly stopSignal: string;
  /** Absolute paths, without `..`: each is to be a volume of its own, filled from the image. */
  readonly volumes: readonly string[];
  /** `80/tcp`: what it says it listens on, for display. */
  readonly exposedPorts: readonly string[];
  /** For display: nothing is decided by them. Long ones are cut. */
  readonly labels: Readonly<Record<string, string>>;
}

export const emptyConfig: ImageConfig = {
  entrypoint: [],
  cmd: [],
  env: [],
  user: '',
  workingDir: '',
  stopSignal: '',
  volumes: [],
  exposedPorts: [],
  labels: {},
};
