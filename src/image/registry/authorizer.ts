import type { Challenge } from './challenge.js';
import { parseChallenges } from './challenge.js';
import type { Credential, Credentials } from './credential.js';
import type { Endpoint } from './endpoint.js';
import { Failure } from './failure.js';
import type { HttpClient, HttpResponse } from './http-client.js';
import type { FetchLimits, Timing } from './limits.js';
import { basicAuthorization, fetchToken } from './token.js';

interface AuthorizerOptions {
  readonly endpoint: Endpoint;
  readonly scope: string;
  readonly credentials: Credentials;
  readonly client: HttpClient;
  readonly limits: FetchLimits;
  readonly timing: Timing;
}

/** Taken off a token's life, for what is on its way. */
const marginMs = 5000;

/** Knows how to be let in by one server, for one repository. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  #authorization: string | undefined;
  #goodUntil = Number.POSITIVE_INFINITY;
  #renewal: Promise<void> | undefined;
  #hasCredential = false;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Whether what `current` has was got with credentials. */
  get hasCredential(): boolean {
    return this.#hasCredential;
  }

  /** The value of `Authorization` to ask with; undefined as long as none was wanted, and once it has expired. */
  current(): string | undefined {
    return this.#options.timing.now() < this.#goodUntil ? this.#authorization : undefined;
  }

  /**
   * Gets another value after an answer of 401 to a question asked with `rejected`; many at once get one. Rejects with a
   * Failure when there is none to be had.
   */
  async renew(response: HttpResponse, rejected: string | undefined): Promise<void> {
    const current = this.current();
    if (current !== undefined && current !== rejected) return;
    this.#renewal ??= this.#renew(response).finally(() => {
      this.#renewal = undefined;
    });
    await this.#renewal;
  }

  async #renew({ url, headers }: HttpResponse): Promise<void> {
    const { credentials, endpoint, timing } = this.#options;
    const asked = timing.now();
    const challenges = parseChallenges(headers['www-authenticate']);
    const challenge = ['bearer', 'basic']
      .map((scheme) => challenges.find((candidate) => candidate.scheme === scheme))
      .find((candidate) => candidate !== undefined);
    if (challenge === undefined) {
      throw new Failure('invalid', `${url.host} answers with 401 and does not say how to log in`);
    }
    const credential = await credentials.find(endpoint.name, url.protocol as 'https:' | 'http:');
    this.#hasCredential = credential !== undefined;
    const { text, lifetimeMs } = await this.#answer(url, challenge, credential);
    this.#authorization = text;
    this.#goodUntil = asked + lifetimeMs - marginMs;
  }

  async #answer(registry: URL, challenge: Challenge, credential: Credential | undefined) {
    const { client, scope, limits } = this.#options;
    if (challenge.scheme === 'bearer') {
      const token = await fetchToken(client, { registry, challenge, scope, credential }, limits);
      return { text: `Bearer ${token.text}`, lifetimeMs: token.lifetimeMs };
    }
    if (credential === undefined) {
      throw new Failure('missing', `${registry.host} wants a user and a password`);
    }
    return { text: basicAuthorization(credential), lifetimeMs: Number.POSITIVE_INFINITY };
  }
}
