import { BlockList, isIP, isIPv6 } from 'node:net';
import { isLoopback } from './endpoint.js';
import { Failure } from './failure.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy a request goes through, by HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go's programs read them, in either case.
 * This host itself is never behind one. Only proxies that are spoken to by plain HTTP are known.
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = read(environment, name);
  if (text === '' || isLoopback(url.hostname) || isExcepted(url, read(environment, 'NO_PROXY'))) {
    return undefined;
  }
  const whole = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(whole) && whole.startsWith('http://')) return new URL(whole);
  throw new Failure('unavailable', `the proxy of ${name} is no "http://" address`);
}

/** The value of `Proxy-Authorization`, if the proxy's address has a user. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '') return undefined;
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

function read(environment: Environment, name: string): string {
  return environment[name] ?? environment[name.toLowerCase()] ?? '';
}

function isExcepted(url: URL, list: string): boolean {
  const entries = list.split(',').map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => entry !== '' && isNamed(url, entry));
}

function isNamed({ hostname, host, protocol, port }: URL, entry: string): boolean {
  const withPort = port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host;
  if (entry === '*' || entry === hostname || entry === withPort) return true;
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0) return address === entry || isInRange(address, entry);
  return hostname.endsWith(entry.startsWith('.') ? entry : `.${entry}`);
}

function isInRange(address: string, entry: string): boolean {
  const [network = '', prefix = ''] = entry.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const longest = family === 'ipv6' ? 128 : 32;
  if (isIP(network) === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > longest) return false;
  const range = new BlockList();
  range.addSubnet(network, Number(prefix), family);
  return range.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
