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
}

export const emptyConfig: ImageConfig = {
  entrypoint: [],
  cmd: [],
  env: [],
  user: '',
  workingDir: '',
  stopSignal: '',
};
