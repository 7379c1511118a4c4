import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, PeapodError } from '../errors.js';
import { coversAddress } from '../kernel/inet-table.js';
import type { PublishedPort } from './attachment.js';
import { describePort, explainReservation, takenByPod } from './port-error.js';
import { isFree, normalizePort, reserveBesideConnections, reservePort } from './reserve-port.js';

/** What a process that we start takes to its execve at most, which closes its copies of our sockets. */
const copiedMs = 300;
const pollMs = 10;

export interface HostPortsOptions {
  /** The name of the pod that an owner stands for; by default they are the same. */
  readonly nameOf?: (owner: string) => string;
}

interface Claim {
  readonly owner: string;
  readonly port: PublishedPort;
  /** The socket that is bound there; undefined when one of a process was in the way. */
  readonly fd: number | undefined;
}

/**
 * The ports of the host that pods have. Each is kept by a socket that is bound there and does nothing else, so that the
 * kernel refuses it to everybody, us included; packets for the port turn off to the pod before they would come to that
 * socket. The sockets do not outlive us: the next engine takes them anew by `adopt`.
 */
export class HostPorts {
  readonly #claims = new Map<string, Claim[]>();
  /** Those without a socket. Nearly always none. */
  readonly #bare = new Set<Claim>();
  readonly #nameOf: (owner: string) => string;

  constructor({ nameOf = (owner) => owner }: HostPortsOptions = {}) {
    this.#nameOf = nameOf;
  }

  /**
   * Takes ports for a pod, besides those it has, all or none.
   *
   * @throws PEAPOD_PORT_TAKEN naming the pod or process that has one, PEAPOD_ADDRESS_NOT_LOCAL, PEAPOD_UNSUPPORTED for
   * a protocol the kernel lacks, PEAPOD_USAGE for what is no port.
   */
  claim(owner: string, ports: readonly PublishedPort[]): void {
    const before = [...this.#claimsOf(owner)];
    try {
      for (const port of ports) this.#add(this.#reserve(owner, normalizePort(port)));
    } catch (error) {
      this.#keep(owner, before);
      throw error;
    }
  }

  /**
   * The same for ports that may just have been given back: as long as a process is being started, it has a copy of the
   * socket that kept one.
   */
  async take(owner: string, ports: readonly PublishedPort[]): Promise<void> {
    try {
      this.claim(owner, ports);
    } catch (error) {
      if (!hasCode(error, 'PEAPOD_PORT_TAKEN') || (error as PeapodError).details.pod !== undefined)
        throw error;
      const end = performance.now() + copiedMs;
      while (!ports.every(isFree) && performance.now() < end) await sleep(pollMs);
      this.claim(owner, ports);
    }
  }

  /**
   * Takes the ports that a pod had under an engine before us. One that a process has got hold of meanwhile is the pod's
   * all the same: packets go to it. Answers the errors that tell of this. What the pod has here already stays so.
   */
  adopt(owner: string, ports: readonly PublishedPort[]): PeapodError[] {
    const own = new Set(this.#claimsOf(owner).map((claim) => describePort(claim.port)));
    const missing = ports.filter((port) => !own.has(describePort(normalizePort(port))));
    return missing.flatMap((port) => {
      try {
        this.claim(owner, [port]);
        return [];
      } catch (error) {
        if (!(error instanceof PeapodError)) throw error;
        this.#add({ owner, port: normalizePort(port), fd: undefined });
        return [error];
      }
    });
  }

  /** Gives one port of a pod back, or all it has. What it has not is given back already. */
  release(owner: string, port?: PublishedPort): void {
    const released = port && describePort(normalizePort(port));
    const isKept = (claim: Claim) => released !== undefined && describePort(claim.port) !== released;
    this.#keep(owner, this.#claimsOf(owner).filter(isKept));
  }

  /** Lets go of everything. Pods go on having their ports as far as packets are concerned. */
  close(): void {
    for (const owner of this.#claims.keys()) this.release(owner);
  }

  #claimsOf(owner: string): readonly Claim[] {
    return this.#claims.get(owner) ?? [];
  }

  #add(claim: Claim): void {
    const claims = this.#claims.get(claim.owner) ?? [];
    claims.push(claim);
    this.#claims.set(claim.owner, claims);
    if (claim.fd === undefined) this.#bare.add(claim);
  }

  /** Leaves an owner some of its claims, and ends the others. */
  #keep(owner: string, kept: Claim[]): void {
    const living = new Set(kept);
    for (const claim of this.#claimsOf(owner)) {
      if (living.has(claim)) continue;
      if (claim.fd === undefined) this.#bare.delete(claim);
      else closeSync(claim.fd);
    }
    if (kept.length > 0) this.#claims.set(owner, kept);
    else this.#claims.delete(owner);
  }

  #reserve(owner: string, port: PublishedPort): Claim {
    this.#checkApart(port, this.#bare);
    try {
      return { owner, port, fd: reservePort(port) };
    } catch (error) {
      if (!hasCode(error, 'EADDRINUSE')) throw explainReservation(port, error);
      this.#checkApart(port, [...this.#claims.values()].flat());
      const fd = reserveBesideConnections(port);
      if (fd === undefined) throw explainReservation(port, error);
      return { owner, port, fd };
    }
  }

  #checkApart(port: PublishedPort, claims: Iterable<Claim>): void {
    for (const claim of claims) {
      if (overlap(claim.port, port)) throw takenByPod(port, this.#nameOf(claim.owner));
    }
  }
}

function overlap(one: PublishedPort, other: PublishedPort): boolean {
  const isSame = one.protocol === other.protocol && one.hostPort === other.hostPort;
  if (!isSame || one.hostIP === undefined) return isSame;
  return coversAddress(one.hostIP, other.hostIP) || coversAddress(other.hostIP ?? '', one.hostIP);
}
