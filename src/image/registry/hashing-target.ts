import { createHash } from 'node:crypto';
import type { BlobTarget } from '../blob.js';
import type { Descriptor } from '../descriptor.js';
import { Failure } from './failure.js';

/**
 * A target that is looked at before its owner does: what a mirror sends wrong, the registry itself may send right. What
 * came before it was made must have come through another one.
 */
export class HashingTarget implements BlobTarget {
  readonly #target: BlobTarget;
  #hash = createHash('sha256');

  constructor(target: BlobTarget) {
    this.#target = target;
  }

  get offset(): number {
    return this.#target.offset;
  }

  async write(chunk: Buffer): Promise<void> {
    await this.#target.write(chunk);
    this.#hash.update(chunk);
  }

  async restart(): Promise<void> {
    this.#hash = createHash('sha256');
    await this.#target.restart();
  }

  /** Once, at the end. Throws a Failure when it is not what the descriptor says. */
  check({ digest }: Descriptor, host: string): void {
    const actual = `sha256:${this.#hash.digest('hex')}`;
    if (actual !== digest)
      throw new Failure('invalid', `${host} sends for blob ${digest} what has ${actual}`);
  }
}
