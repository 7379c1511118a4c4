import { PeapodError } from '../../errors.js';
import type { BlobTarget } from '../blob.js';
import type { Descriptor } from '../descriptor.js';
import { type Digest, parseDigest } from '../digest.js';
import { parseManifest } from '../manifest.js';
import type { Reference } from '../reference.js';
import type { ImageSource, SourceManifest } from '../source.js';
import { Authorizer } from './authorizer.js';
import type { RegistryConfiguration } from './configuration.js';
import { Connections } from './connections.js';
import type { Credentials } from './credential.js';
import { endpointsOf } from './endpoint.js';
import { Failure } from './failure.js';
import { fetchBlob } from './fetch-blob.js';
import { fetchDigest, fetchManifest, type ManifestQuestion } from './fetch-manifest.js';
import { HashingTarget } from './hashing-target.js';
import { HttpClient } from './http-client.js';
import { defaultFetchLimits, type FetchLimits, systemTiming, type Timing } from './limits.js';
import type { Environment } from './proxy.js';
import { type Attempt, pullError } from './pull-error.js';
import { Repository } from './repository.js';

export interface RegistryOptions {
  readonly configuration: RegistryConfiguration;
  readonly credentials: Credentials;
  readonly limits?: Partial<FetchLimits>;
  readonly timing?: Timing;
  /** Where proxies are named; that of this process if absent. */
  readonly environment?: Environment;
}

/**
 * An image as its registry has it, or a mirror of that. What it rejects with is a PeapodError: PEAPOD_IMAGE_MISSING when
 * there is none or it is not for everyone, PEAPOD_REGISTRY_DENIED for credentials that do not do,
 * PEAPOD_REGISTRY_UNAVAILABLE when nobody answers properly, PEAPOD_IMAGE_INVALID or PEAPOD_UNSUPPORTED for what must not
 * or cannot be used, PEAPOD_REGISTRY_CONFIG; or the reason of the signal. To be closed.
 */
export function openRegistrySource(reference: Reference, options: RegistryOptions): RegistrySource {
  return new RegistrySource(reference, options);
}

/**
 * The digest of what a reference names now, an index perhaps, without fetching it. Rejects as the source does.
 */
export async function resolveDigest(
  reference: Reference,
  options: RegistryOptions,
  signal?: AbortSignal,
): Promise<Digest> {
  const source = openRegistrySource(reference, options);
  try {
    return await source.resolveDigest(signal);
  } finally {
    await source.close();
  }
}

export class RegistrySource implements ImageSource {
  readonly #reference: Reference;
  readonly #credentials: Credentials;
  readonly #limits: FetchLimits;
  readonly #timing: Timing;
  readonly #connections: Connections;
  /** In the order they are asked; from the one that had the manifest on, once it is known. */
  #repositories: Repository[];

  constructor(reference: Reference, options: RegistryOptions) {
    const { configuration, credentials, limits, timing = systemTiming, environment = process.env } = options;
    this.#reference = reference;
    this.#credentials = credentials;
    this.#limits = { ...defaultFetchLimits, ...limits };
    this.#timing = timing;
    const timeoutMs = this.#limits.idleMs;
    this.#connections = new Connections({ configuration, environment, timeoutMs });
    const client = new HttpClient(this.#connections, timeoutMs);
    const { repository: name, registry } = reference;
    const common = { client, limits: this.#limits, timing };
    this.#repositories = endpointsOf(registry, configuration).map((endpoint) => {
      const scope = `repository:${name}:pull`;
      const authorizer = new Authorizer({ ...common, endpoint, scope, credentials });
      return new Repository({ ...common, endpoint, name, authorizer });
    });
  }

  async manifest(signal?: AbortSignal): Promise<SourceManifest> {
    return await this.#fromAny(async (repository) => {
      const manifest = await fetchManifest(repository, this.#question(signal));
      // Read here already, for another server may have a better one.
      parseManifest(manifest.bytes, manifest.mediaType);
      // Those before it have failed.
      this.#repositories = this.#repositories.slice(this.#repositories.indexOf(repository));
      return manifest;
    }, signal);
  }

  async resolveDigest(signal?: AbortSignal): Promise<Digest> {
    return await this.#fromAny((repository) => fetchDigest(repository, this.#question(signal)), signal);
  }

  async fetchBlob(descriptor: Descriptor, target: BlobTarget, signal?: AbortSignal): Promise<void> {
    const [limits, timing] = [this.#limits, this.#timing];
    await this.#fromAny(async (repository) => {
      if (target.offset > 0) await target.restart();
      // What the last one sends is checked by who owns the target.
      if (repository === this.#repositories.at(-1)) {
        return await fetchBlob(repository, { descriptor, target, limits, timing, signal });
      }
      const checked = new HashingTarget(target);
      await fetchBlob(repository, { descriptor, target: checked, limits, timing, signal });
      checked.check(descriptor, repository.endpoint.host);
    }, signal);
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  #question(signal: AbortSignal | undefined): ManifestQuestion {
    const { tag, digest } = this.#reference;
    const name = digest === undefined ? (tag as string) : parseDigest(digest);
    return { name, limits: this.#limits, timing: this.#timing, signal };
  }

  /** Asks one server after the other until one has it. */
  async #fromAny<T>(
    ask: (repository: Repository) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const attempts: Attempt[] = [];
    for (const repository of this.#repositories) {
      try {
        return await ask(repository);
      } catch (error) {
        signal?.throwIfAborted();
        // Not the server's doing, as a full disk: the next would not do better.
        if (!(error instanceof Failure || error instanceof PeapodError)) throw error;
        attempts.push({ host: repository.endpoint.host, error });
      }
    }
    throw pullError(this.#reference, attempts, this.#credentials);
  }
}
