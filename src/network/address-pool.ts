import { PeapodError } from '../errors.js';
import type { PodAddress } from './attachment.js';
import { DurableCursor } from './durable-cursor.js';
import { IndexSet } from './index-set.js';
import { type AddressRange, podAddressAt, podIndexOf } from './ranges.js';

/** Takes that one write of the cursor is good for. */
const takesPerWrite = 64;

export interface AddressPoolOptions {
  /** One or two, of different families; see {@link parseRanges}. */
  readonly ranges: readonly AddressRange[];
  /** The record of how far addresses have been handed out. */
  readonly path: string;
  /** Told what is wrong with that record, which stops nothing. */
  readonly warn: (message: string) => void;
}

/**
 * Hands out pod addresses, never one that is in use, and one that was in use as late as can be: it goes round the range.
 * Which ones are in use it is told by `claim` after a restart; only the place in the range is its own record. A pod has
 * the same place in both ranges, so 10.85.0.7 goes with fd00:85::7, and the smaller range sets how many there are.
 */
export class AddressPool {
  readonly #ranges: readonly AddressRange[];
  readonly #capacity: number;
  readonly #cursor: DurableCursor;
  readonly #used = new IndexSet();

  static async open({ ranges, path, warn }: AddressPoolOptions): Promise<AddressPool> {
    const cursor = await DurableCursor.open({ path, warn });
    cursor.prepare(takesPerWrite);
    return new AddressPool(ranges, cursor);
  }

  private constructor(ranges: readonly AddressRange[], cursor: DurableCursor) {
    this.#ranges = ranges;
    this.#capacity = Math.min(...ranges.map(({ capacity }) => capacity));
    this.#cursor = cursor;
  }

  /** How many pods there are addresses for. */
  get capacity(): number {
    return this.#capacity;
  }

  /** How many pods have theirs. */
  get inUse(): number {
    return this.#used.size;
  }

  /**
   * One address of each range. They are taken in the order of the calls, and waited for only when the disk has to be
   * told first, at most once in 64 takes. Rejects with PEAPOD_ADDRESSES_EXHAUSTED, or with what the disk says; nothing
   * is taken then.
   */
  async take(): Promise<PodAddress[]> {
    const free = this.#capacity - this.#used.size;
    if (free === 0) throw exhausted(this.#ranges, this.#used.size);
    const position = this.#cursor.position;
    const from = position % this.#capacity;
    const index = this.#firstFreeFrom(from);
    this.#used.add(index);
    const distance = (index - from + this.#capacity) % this.#capacity;
    try {
      // Of a range that is nearly full most of each step is over addresses in use.
      await this.#cursor.moveTo(position + distance + 1, takesPerWrite * Math.ceil(this.#capacity / free));
    } catch (error) {
      this.#used.delete(index);
      throw error;
    }
    return this.#ranges.map((range) => podAddressAt(range, index));
  }

  /**
   * Takes the addresses of a pod that has them already. Throws PEAPOD_CONFLICT when another has one of them or one is
   * not of these ranges; nothing is taken then.
   */
  claim(addresses: readonly PodAddress[]): void {
    const indexes = new Set(addresses.map(({ address }) => this.#indexOf(address)));
    for (const index of indexes) {
      if (this.#used.has(index)) throw claimed(addresses);
    }
    for (const index of indexes) this.#used.add(index);
  }

  /** Gives the addresses of a pod back. To do so twice is harmless as long as nobody has taken them since. */
  release(addresses: readonly PodAddress[]): void {
    for (const { address } of addresses) this.#used.delete(this.#indexOf(address));
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    await this.#cursor.idle();
  }

  #firstFreeFrom(from: number): number {
    return (this.#used.firstMissing(from, this.#capacity) ?? this.#used.firstMissing(0, from)) as number;
  }

  #indexOf(address: string): number {
    for (const range of this.#ranges) {
      const index = podIndexOf(range, address);
      if (index !== undefined && index < this.#capacity) return index;
    }
    throw new PeapodError(
      'PEAPOD_CONFLICT',
      `Cannot take ${address}: it is no pod's of ${names(this.#ranges)}`,
      {
        details: { address },
      },
    );
  }
}

function names(ranges: readonly AddressRange[]): string {
  return ranges.map(({ cidr }) => cidr).join(' and ');
}

function claimed(addresses: readonly PodAddress[]): PeapodError {
  const list = addresses.map(({ address }) => address);
  return new PeapodError('PEAPOD_CONFLICT', `Cannot take ${list.join(' and ')}: another pod has it`, {
    details: { addresses: list },
  });
}

function exhausted(ranges: readonly AddressRange[], inUse: number): PeapodError {
  return new PeapodError(
    'PEAPOD_ADDRESSES_EXHAUSTED',
    `Cannot give the pod an address: all ${inUse} of ${names(ranges)} are in use`,
    {
      hint: 'Delete pods, or give the daemon a wider range that begins at the same address: peapod serve --pod-cidr',
      details: { ranges: ranges.map(({ cidr }) => cidr), inUse },
    },
  );
}
