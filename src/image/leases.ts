import type { Digest } from './digest.js';

/** What one piece of work needs of the store while no record says so. */
export interface Lease {
  readonly held: ReadonlySet<Digest>;
  /** To be called before it is looked for, so that what is found stays. */
  hold(...digests: readonly Digest[]): void;
  /** Lets go of all of it; more than once is once. */
  release(): void;
}

/** Blobs and layers (by diff id) that work in progress needs: nobody collects them. */
export class Leases {
  readonly #holders = new Map<Digest, number>();

  take(): Lease {
    const held = new Set<Digest>();
    return {
      held,
      hold: (...digests) => {
        for (const digest of digests) {
          if (!held.has(digest)) this.#count(digest, 1);
          held.add(digest);
        }
      },
      release: () => {
        for (const digest of held) this.#count(digest, -1);
        held.clear();
      },
    };
  }

  has(digest: Digest): boolean {
    return this.#holders.has(digest);
  }

  #count(digest: Digest, step: number): void {
    const count = (this.#holders.get(digest) ?? 0) + step;
    if (count === 0) this.#holders.delete(digest);
    else this.#holders.set(digest, count);
  }
}
