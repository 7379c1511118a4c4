import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PeapodError } from '../errors.js';
import { debug } from '../log.js';
import type { AttachOptions, Engine, ExecOptions, RunOptions } from '../pod/engine-api.js';
import { FrameSocket } from './frame-socket.js';
import { type Ping, protocolHeader, protocolVersion, sessionProtocol } from './protocol.js';
import { sendError, sendJson } from './request.js';
import { callRoute, parseTarget, type Target } from './routes.js';
import { type OpenSession, SessionServer } from './session-server.js';
import { sendStream, streamRoutes } from './stream-routes.js';

const log = debug('daemon');

interface RunRequest {
  readonly manifest: object;
  readonly options?: RunOptions;
}

export interface EngineServerOptions {
  readonly engine: Engine;
  readonly ping: Ping;
}

/** Serves one engine over HTTP/1.1. */
export class EngineServer {
  readonly http: Server;
  readonly #engine: Engine;
  readonly #ping: Ping;
  readonly #stopping = new AbortController();
  readonly #sessions = new Set<Duplex>();

  constructor({ engine, ping }: EngineServerOptions) {
    this.#engine = engine;
    this.#ping = ping;
    // Idle connections cost nothing here, and one closed under a client's request would fail it.
    this.http = createServer({ keepAliveTimeout: 0, headersTimeout: 10_000, requestTimeout: 60_000 });
    this.http.on('request', (request, response) => void this.#answer(request, response));
    this.http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Lets requests under way finish, for at most `graceMs`, and ends every stream. */
  async stop(graceMs: number): Promise<void> {
    const closed = new Promise((resolve) => this.http.close(resolve));
    this.#stopping.abort();
    for (const socket of this.#sessions) socket.destroy();
    this.http.closeIdleConnections();
    const timer = setTimeout(() => this.http.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Once stopping, connections are closed as they become idle.
    response.once('close', () => logAnswer(request, response.statusCode));
    response.once('close', () => this.#stopping.signal.aborted && this.http.closeIdleConnections());
    try {
      checkProtocol(request);
      const target = parseTarget(request);
      const stream = Object.hasOwn(streamRoutes, target.route) ? streamRoutes[target.route] : undefined;
      const signal = AbortSignal.any([this.#stopping.signal, closeSignal(response)]);
      if (stream === undefined) return sendJson(response, await this.#call(target, request, signal));
      await sendStream(response, stream({ engine: this.#engine, target, request, signal }), signal);
    } catch (error) {
      sendError(response, error);
    }
  }

  #call({ route, name, query }: Target, request: IncomingMessage, signal: AbortSignal): Promise<unknown> {
    return callRoute(route, { engine: this.#engine, ping: this.#ping, name, query, request, signal });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Node has no listener for errors on a socket it has handed over.
    socket.on('error', () => {});
    const open = this.#findSession(request);
    logAnswer(request, open === undefined ? 404 : 101);
    if (open === undefined) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    this.#sessions.add(socket);
    socket.once('close', () => this.#sessions.delete(socket));
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${sessionProtocol}\r\n\r\n`,
    );
    const frames = new FrameSocket(socket);
    frames.listen(head, new SessionServer(frames, open));
  }

  #findSession(request: IncomingMessage): OpenSession | undefined {
    const target = tryParseTarget(request);
    if (target === undefined || request.headers.upgrade !== sessionProtocol) return undefined;
    const { route, name } = target;
    if (route === 'POST /v1/pods/*/exec') return (options) => this.#engine.exec(name, options as ExecOptions);
    if (route === 'POST /v1/pods/*/attach')
      return (options) => this.#engine.attach(name, options as AttachOptions);
    if (route === 'POST /v1/run') return (request) => this.#run(request as RunRequest);
    return undefined;
  }

  #run({ manifest, options }: RunRequest) {
    return this.#engine.run(manifest, options);
  }
}

function logAnswer({ method, url }: IncomingMessage, status: number): void {
  log('%s %s %d', method, url, status);
}

function tryParseTarget(request: IncomingMessage): Target | undefined {
  try {
    return parseTarget(request);
  } catch {
    return undefined;
  }
}

function closeSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

/** Whoever sends no version, as a person with curl does, is taken at their word. */
function checkProtocol(request: IncomingMessage): void {
  const version = request.headers[protocolHeader];
  if (version === undefined || version === protocolVersion) return;
  throw new PeapodError(
    'PEAPOD_UNSUPPORTED',
    `The daemon speaks protocol ${protocolVersion}, not ${version}`,
    {
      hint: `Stop the daemon of the other version (kill ${process.pid}): pods run on, and the next command starts its own`,
    },
  );
}
