import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { hasCode } from '../errors.js';

/** What a host without a default route is known by. */
const fallback = ['127.0.0.1'];

/** How long an answer is good for: asking costs as much as the host has interfaces. */
const freshMs = 10_000;

/** Asks for the host's addresses now and then. `now` in milliseconds since the epoch. */
export function makeHostAddresses(now: () => number): () => readonly string[] {
  let known = { at: Number.NEGATIVE_INFINITY, addresses: fallback };
  return () => {
    if (Math.abs(now() - known.at) >= freshMs) known = { at: now(), addresses: findHostAddresses() };
    return known.addresses;
  };
}

/**
 * The addresses the host is known by, as kubelet finds them: the first one of each family on the interface its default
 * route of that family leaves by, IPv4 first; 127.0.0.1 when there is no such route.
 */
export function findHostAddresses(): string[] {
  const all = networkInterfaces();
  const routes = [
    { family: 'IPv4', link: defaultLink4(readIfThere('/proc/net/route')) },
    { family: 'IPv6', link: defaultLink6(readIfThere('/proc/net/ipv6_route')) },
  ];
  const found = routes.flatMap(({ family, link }) => {
    const addresses = (link && all[link]) || [];
    return addresses.find((info) => info.family === family && isGlobal(info))?.address ?? [];
  });
  return found.length > 0 ? found : fallback;
}

function isGlobal({ internal, address }: NetworkInterfaceInfo): boolean {
  return !internal && !address.startsWith('fe80:');
}

/** The interface of the default route of the lowest metric in a /proc/net/route: hexadecimal, in host order. */
export function defaultLink4(text: string): string | undefined {
  const routes = fieldsOf(text).filter(([, to, , , , , , mask]) => to === '00000000' && mask === '00000000');
  return lowest(routes.map(([link = '', , , , , , metric]) => ({ link, metric: Number(metric) })));
}

/** The same of a /proc/net/ipv6_route, which lists on `lo` what leads nowhere. */
export function defaultLink6(text: string): string | undefined {
  const everywhere = '0'.repeat(32);
  const routes = fieldsOf(text).filter(([to, length]) => to === everywhere && length === '00');
  const links = routes.map((fields) => ({ link: fields[9] ?? '', metric: Number(`0x${fields[5]}`) }));
  return lowest(links.filter(({ link }) => link !== 'lo'));
}

function fieldsOf(text: string): string[][] {
  return text.split('\n').map((line) => line.trim().split(/\s+/));
}

function lowest(routes: readonly { link: string; metric: number }[]): string | undefined {
  return [...routes].sort((one, other) => one.metric - other.metric)[0]?.link;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
