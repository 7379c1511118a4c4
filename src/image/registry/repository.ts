import { abortable } from '../../kernel/abortable.js';
import type { Authorizer } from './authorizer.js';
import type { Endpoint } from './endpoint.js';
import { Failure } from './failure.js';
import type { HttpClient, HttpResponse } from './http-client.js';
import type { FetchLimits } from './limits.js';
import { probeScheme } from './probe-scheme.js';
import { sendFollowing } from './redirects.js';
import { refusal } from './refusal.js';

interface RepositoryOptions {
  readonly endpoint: Endpoint;
  /** `library/nginx`. */
  readonly name: string;
  readonly client: HttpClient;
  readonly authorizer: Authorizer;
  readonly limits: FetchLimits;
}

export interface Question {
  readonly method: 'GET' | 'HEAD';
  readonly what: 'image' | 'blob';
  /** Below the repository: `manifests/latest`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Statuses that are an answer. */
  readonly wanted: readonly number[];
  readonly signal: AbortSignal | undefined;
}

/** One repository on one server. */
export class Repository {
  readonly endpoint: Endpoint;
  readonly #options: RepositoryOptions;
  #scheme: Promise<string> | undefined;

  constructor(options: RepositoryOptions) {
    this.endpoint = options.endpoint;
    this.#options = options;
  }

  /** Asks, logging in where that is wanted. Rejects with a Failure unless the status is a wanted one. */
  async ask(question: Question): Promise<HttpResponse> {
    const response = await this.#sendAuthorized(question);
    const { authorizer, limits } = this.#options;
    const { what, signal, wanted } = question;
    if (!wanted.includes(response.status)) {
      throw await refusal(response, {
        hasCredential: authorizer.hasCredential,
        what,
        patience: limits,
        signal,
      });
    }
    const encoding = response.headers['content-encoding'] ?? 'identity';
    if (encoding === 'identity') return response;
    response.body.destroy();
    const shown = JSON.stringify(encoding.slice(0, 50));
    throw new Failure(
      'invalid',
      `${response.url.host} sends encoded as ${shown} what was asked for as it is`,
    );
  }

  async #sendAuthorized(question: Question): Promise<HttpResponse> {
    const { authorizer } = this.#options;
    const url = await this.#url(question);
    const authorization = authorizer.current();
    const response = await this.#send(url, question, authorization);
    // Somebody else, to whom we were only sent, is told nothing.
    if (response.status !== 401 || response.url.origin !== url.origin) return response;
    response.body.destroy();
    await abortable(authorizer.renew(response, authorization), question.signal);
    return await this.#send(url, question, authorizer.current());
  }

  async #send(url: URL, { method, headers, signal }: Question, authorization: string | undefined) {
    const all = authorization === undefined ? headers : { ...headers, authorization };
    return await sendFollowing(this.#options.client, { method, url, headers: all, signal });
  }

  async #url({ path, signal }: Question): Promise<URL> {
    const { endpoint, name, limits } = this.#options;
    signal?.throwIfAborted();
    this.#scheme ??= endpoint.scheme ? Promise.resolve(endpoint.scheme) : this.#probe(limits.idleMs);
    return new URL(`${await abortable(this.#scheme, signal)}//${endpoint.host}/v2/${name}/${path}`);
  }

  /** What was found is kept, but not that nobody answered. */
  #probe(timeoutMs: number): Promise<string> {
    return probeScheme(this.endpoint.host, timeoutMs).catch((error) => {
      this.#scheme = undefined;
      throw error;
    });
  }
}
