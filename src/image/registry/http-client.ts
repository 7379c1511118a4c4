import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { debug } from '../../log.js';
import type { Connections } from './connections.js';
import { Failure } from './failure.js';
import { networkFailure } from './network-failure.js';
import { proxyAuthorization } from './proxy.js';

const log = debug('image');

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  /** Where it came from, redirects followed. */
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** To be read to its end, or destroyed. */
  readonly body: IncomingMessage;
}

/** Sends single requests; what they answer with is the caller's. */
export class HttpClient {
  readonly #connections: Connections;
  readonly #idleMs: number;

  constructor(connections: Connections, idleMs: number) {
    this.#connections = connections;
    this.#idleMs = idleMs;
  }

  /** Rejects with a Failure when no answer begins, with the signal's reason when that is aborted. */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, method, signal } = request;
    signal?.throwIfAborted();
    const options = await this.#options(request);
    const { request: open } =
      url.protocol === 'https:' ? await import('node:https') : await import('node:http');
    const message = await this.#exchange(open(options), request).catch((error) => {
      signal?.throwIfAborted();
      throw error instanceof Failure ? error : networkFailure(url.host, error);
    });
    const status = message.statusCode ?? 0;
    // What follows the path may be a signature that lets anyone in.
    log('%s %s%s: %d', method, url.origin, url.pathname, status);
    return { url, status, headers: message.headers, body: message };
  }

  async #options({ method, url, headers }: HttpRequest): Promise<RequestOptions> {
    const proxy = this.#connections.plainProxyFor(url);
    const target = proxy ?? url;
    const authorization = proxy && proxyAuthorization(proxy);
    return {
      method,
      host: target.hostname.replace(/^\[|\]$/g, ''),
      port: target.port || (target.protocol === 'https:' ? 443 : 80),
      path:
        proxy === undefined ? `${url.pathname}${url.search}` : `${url.origin}${url.pathname}${url.search}`,
      headers: {
        ...headers,
        host: url.host,
        // A body that is compressed on its way has neither the size nor the digest it is known by.
        'accept-encoding': 'identity',
        ...(authorization && { 'proxy-authorization': authorization }),
      },
      agent: await this.#connections.agentFor(target),
    };
  }

  async #exchange(sent: ClientRequest, { url, body, signal }: HttpRequest): Promise<IncomingMessage> {
    const onAbort = () => sent.destroy(signal?.reason as Error);
    const timer = setTimeout(() => sent.destroy(noAnswer(url.host, this.#idleMs)), this.#idleMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        sent.once('response', resolve);
        sent.on('error', reject);
        sent.end(body);
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

function noAnswer(host: string, idleMs: number): Failure {
  const why = `${host} does not answer within ${idleMs / 1000} s`;
  return new Failure('unavailable', why, { isUnreachable: true });
}
