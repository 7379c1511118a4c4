import { closeSync } from 'node:fs';
import { PeapodError } from '../errors.js';
import { binding } from '../native/binding.js';
import { explainFailure } from './plan/explain-failure.js';

/**
 * A mount namespace with an empty, read-only root and nothing else, which nobody is in: a pod's begins as a copy of it. A
 * copy of the host's would take as long as the host has mounts, and would have to be let go of: umount2(2) waits for all
 * CPUs (synchronize_rcu_expedited), some tenths of a millisecond.
 */
export class EmptyMounts {
  readonly #anchor: string;
  #making: Promise<number> | undefined;
  #made: number | undefined;
  #isClosed = false;

  /** `anchor` is any directory of the host, to hang its root on for a moment, in a mount namespace nobody else sees. */
  constructor(anchor: string) {
    this.#anchor = anchor;
  }

  /** A descriptor of it, ours to close, once it is there. */
  get made(): number | undefined {
    return this.#made;
  }

  /** The same, made by the first call, in a millisecond. Rejects with PEAPOD_LAUNCH_FAILED. */
  make(): Promise<number> {
    this.#making ??= this.#make().catch((error) => {
      this.#making = undefined;
      throw error;
    });
    return this.#making;
  }

  /** For good: what is still being made goes as soon as it is. */
  close(): void {
    this.#isClosed = true;
    if (this.#made !== undefined) closeSync(this.#made);
    this.#made = undefined;
    this.#making = undefined;
  }

  async #make(): Promise<number> {
    if (this.#isClosed) throw refusal('its host was closed');
    const fd = await binding().makeEmptyMounts(this.#anchor).catch(explain);
    if (this.#isClosed) {
      closeSync(fd);
      throw refusal('its host was closed');
    }
    this.#made = fd;
    return fd;
  }
}

const inChroot =
  'This process seems to be in a chroot, or on an initramfs: run peapod where pivot_root(2) works';

function explain(cause: Error & { syscall?: string; code?: string }): never {
  const { syscall, code = '' } = cause;
  const hint = code === 'EXDEV' || code === 'EINVAL' ? inChroot : explainFailure('copyMounts', code);
  throw refusal(`${syscall}: ${code}`, { hint, details: { syscall, code }, cause });
}

function refusal(why: string, options: ConstructorParameters<typeof PeapodError>[2] = {}): PeapodError {
  return new PeapodError('PEAPOD_LAUNCH_FAILED', `Cannot make an empty mount namespace: ${why}`, options);
}
