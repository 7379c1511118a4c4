import type { Agent } from 'node:http';
import type { RegistryConfiguration } from './configuration.js';
import { isLoopback, settingsOf } from './endpoint.js';
import { type Environment, proxyFor } from './proxy.js';
import { secureContext } from './trust.js';

interface ConnectionsOptions {
  readonly configuration: RegistryConfiguration;
  readonly environment: Environment;
  readonly timeoutMs: number;
}

/** The connections of one download, kept for its next request; those to one server trust nobody else's. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #agents = new Map<string, Promise<Agent>>();
  #isClosed = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** The agent for requests to the server of `url`. */
  async agentFor(url: URL): Promise<Agent> {
    const agent = this.#agents.get(url.origin) ?? this.#makeAgent(url);
    this.#agents.set(url.origin, agent);
    const made = await agent;
    if (this.#isClosed) made.destroy();
    return made;
  }

  /** The proxy that a plain request is sent to in place of the server; TLS goes through it unseen. */
  plainProxyFor(url: URL): URL | undefined {
    return url.protocol === 'http:' ? proxyFor(url, this.#options.environment) : undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const agents = await Promise.allSettled(this.#agents.values());
    for (const agent of agents) if (agent.status === 'fulfilled') agent.value.destroy();
  }

  async #makeAgent(url: URL): Promise<Agent> {
    const { configuration, environment, timeoutMs } = this.#options;
    if (url.protocol === 'http:') {
      return new (await import('node:http')).Agent({ keepAlive: true });
    }
    const settings = settingsOf(url, configuration);
    const isSkipped = settings.skipTlsVerify || (settings.ca === undefined && isLoopback(url.hostname));
    const options = {
      keepAlive: true,
      secureContext: await secureContext(settings, environment),
      rejectUnauthorized: !isSkipped,
    };
    const proxy = proxyFor(url, environment);
    if (proxy === undefined) return new (await import('node:https')).Agent(options);
    const { TunnelAgent } = await import('./tunnel.js');
    return new TunnelAgent({ ...options, proxy, timeoutMs });
  }
}
