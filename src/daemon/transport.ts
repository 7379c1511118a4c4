import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { explainConnection } from './connection-error.js';
import { protocolHeader, protocolVersion, sessionProtocol } from './protocol.js';
import { HeldDirectory } from './run-directory.js';
import { decodeError, type WireError } from './wire-error.js';

export interface CallOptions {
  readonly query?: Record<string, string | number | boolean | undefined>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** A name for TLS, which there is none of here: without it Node looks whether our host is an address, for milliseconds. */
const agentOptions = { keepAlive: true, servername: '' };

/** HTTP to one daemon's socket. */
export class Transport {
  readonly #directory: HeldDirectory;
  readonly #agent = new Agent(agentOptions);

  /** Throws ENOENT when there is no run directory. */
  constructor(runDirectory: string) {
    this.#directory = new HeldDirectory(runDirectory);
  }

  /** The answer's JSON. Rejects with the daemon's error, or PEAPOD_DAEMON_UNREACHABLE. */
  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const response = await this.stream(method, path, options);
    return JSON.parse(await text(response)) as T;
  }

  /** The answer as it comes. Rejects as `call` does. */
  async stream(method: string, path: string, options: CallOptions = {}): Promise<IncomingMessage> {
    const response = await this.#send(method, path, options);
    if (response.statusCode === 200) return response;
    throw decodeError(JSON.parse(await text(response)) as WireError);
  }

  #send(method: string, path: string, { query, body, signal }: CallOptions): Promise<IncomingMessage> {
    const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const call = this.#request(method, path + encodeQuery(query), {
      ...(sent && { 'content-type': 'application/json', 'content-length': String(sent.length) }),
    });
    const abort = (): void => void call.destroy(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    call.once('close', () => signal?.removeEventListener('abort', abort));
    if (signal?.aborted) abort();
    return new Promise((resolve, reject) => {
      call.once('response', resolve).once('error', (error) => reject(explainConnection(error)));
      call.end(sent);
    });
  }

  /** An upgraded connection, with the bytes that came along with the upgrade. */
  upgrade(path: string): Promise<{ socket: Duplex; head: Buffer }> {
    return new Promise((resolve, reject) => {
      const call = this.#request('POST', path, { connection: 'Upgrade', upgrade: sessionProtocol });
      call.once('upgrade', (_response, socket, head) => resolve({ socket, head }));
      call.once('response', (response) => {
        response.resume();
        reject(new Error(`The daemon answers ${response.statusCode} to ${path}`));
      });
      call.once('error', (error) => reject(explainConnection(error))).end();
    });
  }

  close(): void {
    this.#agent.destroy();
    this.#directory.close();
  }

  #request(method: string, path: string, headers: Record<string, string>): ClientRequest {
    return request({
      agent: this.#agent,
      socketPath: this.#directory.path('peapod.sock'),
      method,
      path,
      headers: { host: 'peapod', [protocolHeader]: protocolVersion, ...headers },
    });
  }
}

function encodeQuery(query: CallOptions['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? '' : `?${search}`;
}
