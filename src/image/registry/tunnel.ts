import { request } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import { proxyAuthorization } from './proxy.js';

type OnCreated = (error: Error | null, stream?: Duplex) => void;

interface TunnelOptions extends AgentOptions {
  readonly proxy: URL;
  /** Of the proxy's answer. */
  readonly timeoutMs: number;
}

/** TLS connections through a proxy, by CONNECT (RFC 9110, 9.3.6). */
export class TunnelAgent extends Agent {
  readonly #options: TunnelOptions;

  constructor(options: TunnelOptions) {
    super(options);
    this.#options = options;
  }

  override createConnection(options: ConnectionOptions, onCreated: OnCreated): undefined {
    openTunnel(`${bracketed(options.host)}:${options.port}`, this.#options, (error, socket) => {
      if (socket === undefined) onCreated(error);
      else onCreated(null, connect({ ...options, socket }));
    });
  }
}

function openTunnel(target: string, { proxy, timeoutMs }: TunnelOptions, onOpen: OnCreated): void {
  const authorization = proxyAuthorization(proxy);
  const headers = { host: target, ...(authorization && { 'proxy-authorization': authorization }) };
  const { hostname, port } = proxy;
  const options = { host: hostname.replace(/^\[|\]$/g, ''), port: port || 80, path: target, headers };
  const asked = request({ ...options, method: 'CONNECT', agent: false, timeout: timeoutMs });
  asked.once('connect', ({ statusCode }, socket) => {
    if (statusCode === 200) return onOpen(null, socket);
    socket.destroy();
    onOpen(new Error(`proxy ${proxy.host} answered ${statusCode}`));
  });
  asked.once('timeout', () => asked.destroy(new Error('it does not answer')));
  asked.once('error', (error: NodeJS.ErrnoException) => {
    onOpen(new Error(`proxy ${proxy.host}: ${error.code ?? error.message}`));
  });
  asked.end();
}

function bracketed(host = ''): string {
  return host.includes(':') ? `[${host}]` : host;
}
