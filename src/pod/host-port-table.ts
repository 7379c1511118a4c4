import type { PublishedPort } from '../network/attachment.js';

/**
 * A port of the host as something that can be taken. `hostIP` in its normal form: absent is every address of the host,
 * `0.0.0.0` every one of IPv4, `::` every one of IPv6.
 */
export type HostPort = Omit<PublishedPort, 'containerPort'>;

/** Of one number, protocol and family. */
interface Takers<T> {
  everywhere?: T | undefined;
  readonly byAddress: Map<string, T>;
}

/**
 * Who has which ports of the host. Two overlap when protocol and number are the same and so is the address, or one
 * address stands for the other as well. Looking one up takes the same time however many there are.
 */
export class HostPortTable<T> {
  readonly #takers = new Map<string, Takers<T>>();

  /** Somebody who has a port that overlaps this one. */
  find(port: HostPort): T | undefined {
    for (const { key, address } of placesOf(port)) {
      const takers = this.#takers.get(key);
      const found = takers?.everywhere ?? findAt(takers, address);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  add(port: HostPort, taker: T): void {
    for (const { key, address } of placesOf(port)) {
      const takers: Takers<T> = this.#takers.get(key) ?? { byAddress: new Map() };
      this.#takers.set(key, takers);
      if (address === undefined) takers.everywhere = taker;
      else takers.byAddress.set(address, taker);
    }
  }

  delete(port: HostPort): void {
    for (const { key, address } of placesOf(port)) {
      const takers = this.#takers.get(key);
      if (takers === undefined) continue;
      if (address === undefined) takers.everywhere = undefined;
      else takers.byAddress.delete(address);
      if (takers.everywhere === undefined && takers.byAddress.size === 0) this.#takers.delete(key);
    }
  }
}

function findAt<T>(takers: Takers<T> | undefined, address: string | undefined): T | undefined {
  return address === undefined ? takers?.byAddress.values().next().value : takers?.byAddress.get(address);
}

const families = [
  { family: 4, every: '0.0.0.0' },
  { family: 6, every: '::' },
];

/** Where a port is: in each of its families at one address, or at every one. */
function* placesOf({ protocol, hostPort, hostIP }: HostPort): Generator<{ key: string; address?: string }> {
  const familyOfIp = hostIP?.includes(':') ? 6 : 4;
  for (const { family, every } of families) {
    const key = `${hostPort}/${protocol}/${family}`;
    if (hostIP === undefined) yield { key };
    else if (family === familyOfIp) yield hostIP === every ? { key } : { key, address: hostIP };
  }
}
