import { isIPv4 } from 'node:net';
import { defaultSettings, type RegistryConfiguration, type RegistrySettings } from './configuration.js';

/** One server that may have an image. */
export interface Endpoint {
  /** What credentials are for: `docker.io`, `localhost:5000`. */
  readonly name: string;
  /** Undefined where only a try shows whether it speaks TLS. */
  readonly scheme: 'https:' | 'http:' | undefined;
  /** Host and port as in a URL. */
  readonly host: string;
  readonly isMirror: boolean;
}

/** Docker's own registry is not where its name says. */
const hosts: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/** Where the images of a registry are looked for, in this order: its mirrors, then itself. */
export function endpointsOf(registry: string, configuration: RegistryConfiguration): Endpoint[] {
  const settings = configuration.registries.get(registry.toLowerCase());
  const mirrors = (settings ?? defaultSettings).mirrors.map((origin): Endpoint => {
    const { host, protocol } = new URL(origin);
    return { name: host, scheme: protocol as 'https:' | 'http:', host, isMirror: true };
  });
  const scheme = schemeOf(registry, settings);
  const { host } = new URL(`${scheme ?? 'https:'}//${hosts[registry] ?? registry}`);
  return [...mirrors, { name: registry, scheme, host, isMirror: false }];
}

function schemeOf(registry: string, settings: RegistrySettings | undefined): Endpoint['scheme'] {
  if (settings?.plainHttp) return 'http:';
  const isTold = settings !== undefined && (settings.skipTlsVerify || settings.ca !== undefined);
  return isTold || !isLoopback(new URL(`https://${registry}`).hostname) ? 'https:' : undefined;
}

/** The settings of the server that a URL leads to. */
export function settingsOf(url: URL, configuration: RegistryConfiguration): RegistrySettings {
  const { registries } = configuration;
  const port = url.protocol === 'https:' ? 443 : 80;
  const written = [url.host, `${url.host}:${port}`, nameOf(url.host)];
  return written.map((name) => registries.get(name)).find((found) => found !== undefined) ?? defaultSettings;
}

/** A registry of this host itself, which nobody is between: `hostname` as a URL has it. */
export function isLoopback(hostname: string): boolean {
  const isName = hostname === 'localhost' || hostname.endsWith('.localhost');
  return isName || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}

function nameOf(host: string): string {
  return Object.keys(hosts).find((name) => hosts[name] === host) ?? host;
}
