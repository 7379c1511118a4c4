import type { Pod } from 'kubernetes-types/core/v1.js';
import type { PublishedPort } from '../network/attachment.js';
import type { CreatePodOptions } from '../pod/bare-pod.js';
import type {
  ApplyOptions,
  ApplyResult,
  AttachOptions,
  DeleteOptions,
  Engine,
  ExecOptions,
  ExecSession,
  KillOptions,
  LogChunk,
  LogOptions,
  PodEvent,
  PortRequest,
  RunOptions,
  WatchEvent,
} from '../pod/engine-api.js';
import type { PodInspection } from '../pod/inspection.js';
import { FrameSocket } from './frame-socket.js';
import { ImageClient } from './image-client.js';
import type { Ping } from './protocol.js';
import { SessionClient } from './session-client.js';
import { readLogs, readWatch } from './stream-client.js';
import type { Transport } from './transport.js';

/** An engine that runs in another process: the same calls, over its socket. */
export class EngineClient implements Engine {
  readonly images: ImageClient;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.images = new ImageClient(transport);
  }

  ping(): Promise<Ping> {
    return this.#transport.call('GET', '/v1/ping');
  }

  apply(manifest: string | object, options: ApplyOptions = {}): Promise<ApplyResult[]> {
    return this.#transport.call('POST', '/v1/apply', { body: { manifest, options } });
  }

  createPod(options: CreatePodOptions): Promise<Pod> {
    return this.#transport.call('POST', '/v1/pods', { body: options });
  }

  run(manifest: object, options: RunOptions = {}): Promise<ExecSession> {
    return this.#openSession('/v1/run', { manifest, options });
  }

  get(name: string): Promise<Pod> {
    return this.#transport.call('GET', podPath(name));
  }

  list(): Promise<Pod[]> {
    return this.#transport.call('GET', '/v1/pods');
  }

  events(name: string): Promise<PodEvent[]> {
    return this.#transport.call('GET', podPath(name, 'events'));
  }

  inspect(name: string): Promise<PodInspection> {
    return this.#transport.call('GET', podPath(name, 'inspect'));
  }

  ports(name: string): Promise<PublishedPort[]> {
    return this.#transport.call('GET', podPath(name, 'ports'));
  }

  addPort(name: string, port: PortRequest): Promise<PublishedPort> {
    return this.#transport.call('POST', podPath(name, 'ports'), { body: port });
  }

  async removePort(name: string, port: PublishedPort): Promise<void> {
    await this.#transport.call('DELETE', podPath(name, 'ports'), { body: port });
  }

  watch({ name, signal }: { name?: string; signal?: AbortSignal } = {}): AsyncIterable<WatchEvent> {
    return readWatch(() => this.#transport.stream('GET', '/v1/watch', { query: { name }, signal }), signal);
  }

  logs(name: string, { signal, ...query }: LogOptions = {}): AsyncIterable<LogChunk> {
    return readLogs(() => this.#transport.stream('GET', podPath(name, 'logs'), { query, signal }), signal);
  }

  exec(name: string, options: ExecOptions): Promise<ExecSession> {
    return this.#openSession(podPath(name, 'exec'), options);
  }

  attach(name: string, options: AttachOptions = {}): Promise<ExecSession> {
    return this.#openSession(podPath(name, 'attach'), options);
  }

  async kill(name: string, options: KillOptions): Promise<void> {
    await this.#transport.call('POST', podPath(name, 'kill'), { body: options });
  }

  async delete(name: string, options: DeleteOptions = {}): Promise<void> {
    await this.#transport.call('DELETE', podPath(name), { query: { ...options } });
  }

  /** Closes the connections. The daemon and its pods run on. */
  async close(): Promise<void> {
    this.#transport.close();
  }

  async #openSession(path: string, options: unknown): Promise<ExecSession> {
    const { socket, head } = await this.#transport.upgrade(path);
    const frames = new FrameSocket(socket);
    const session = new SessionClient(frames, options);
    frames.listen(head, session);
    return await session.ready;
  }
}

function podPath(name: string, ...rest: string[]): string {
  return ['/v1/pods', encodeURIComponent(name), ...rest].join('/');
}
