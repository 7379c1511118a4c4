/** What a registry knows somebody by: a password, or a token to get tokens with. */
export type Credential =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string };

/** Finds what there is for a registry. */
export interface Credentials {
  /** Where somebody may add some, for hints: a path. */
  readonly place: string | undefined;
  /**
   * What is for exactly this registry (`docker.io`, `localhost:5000`), over TLS or not. Throws PEAPOD_REGISTRY_CONFIG
   * for what is there and cannot be used.
   */
  find(registry: string, scheme: 'https:' | 'http:'): Promise<Credential | undefined>;
}

export const noCredentials: Credentials = { place: undefined, find: async () => undefined };
