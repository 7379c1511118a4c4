import { PeapodError } from '../errors.js';
import { type HostPort, HostPortTable } from './host-port-table.js';
import { formatHostPort } from './published-ports.js';

export interface PortHolder {
  readonly uid: string;
  readonly name: string;
}

/**
 * Which pod of this engine has which ports of the host. A pod has them while it has a sandbox, one that is being
 * made or was lost included; whoever wants the same waits until they are free.
 */
export class PortClaims {
  readonly #table = new HostPortTable<PortHolder>();
  readonly #held = new Map<string, readonly HostPort[]>();
  readonly #onFreed: () => void;

  /** @param onFreed called when a pod has fewer ports than before. */
  constructor(onFreed: () => void = () => {}) {
    this.#onFreed = onFreed;
  }

  /** The pod that has a port which overlaps this one. */
  holderOf(port: HostPort): PortHolder | undefined {
    return this.#table.find(port);
  }

  /**
   * From now on the pod has these ports and no others. The ports themselves must not overlap.
   *
   * @throws PEAPOD_PORT_TAKEN that names the other pod, also in `details.pod`; nothing has changed then.
   */
  set(holder: PortHolder, ports: readonly HostPort[]): void {
    const before = this.#held.get(holder.uid) ?? [];
    for (const port of before) this.#table.delete(port);
    const taken = ports.find((port) => this.#table.find(port) !== undefined);
    const [kept, error] = taken === undefined ? [ports, undefined] : [before, this.#taken(taken)];
    for (const port of kept) this.#table.add(port, holder);
    if (error !== undefined) throw error;
    if (ports.length > 0) this.#held.set(holder.uid, [...ports]);
    else this.#held.delete(holder.uid);
    if (ports.length < before.length) this.#onFreed();
  }

  release(holder: PortHolder): void {
    this.set(holder, []);
  }

  #taken(port: HostPort): PeapodError {
    const holder = this.#table.find(port)?.name;
    return new PeapodError(
      'PEAPOD_PORT_TAKEN',
      `Cannot publish port ${formatHostPort(port)} of the host: pod "${holder}" has it`,
      {
        hint: 'Choose another port, or delete that pod',
        details: { port: formatHostPort(port), pod: holder },
      },
    );
  }
}
