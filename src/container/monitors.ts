import type { Host } from '../kernel/host.js';
import { debug } from '../log.js';
import { type Monitor, startMonitor } from './monitor.js';
import { removeMonitor } from './remove-run.js';

const log = debug('launch');

/** Containers that come in a row have theirs made as they come: a spare is made when there is a pause, not in their way. */
const pauseMs = 10;

/**
 * The monitors of one engine's containers. The next one is made ahead, which takes a fifth of a start: it belongs to no
 * container and joins nothing before it is asked to. It hangs on a connection of ours: should we be killed, it ends.
 */
export class Monitors {
  readonly host: Host;
  #spare: Monitor | undefined;
  /** Those of the last container, which the next one most often has, too. */
  #capabilities: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** When every spare that was let go is gone. */
  #dismissed: Promise<void> = Promise.resolve();

  constructor(host: Host) {
    this.host = host;
  }

  /**
   * One that nobody has used, for a container with these capabilities: the spare, or a new one that is on its way.
   * `makeAnother` is to follow.
   */
  take(capabilities: readonly string[]): Monitor {
    const spare = this.#release();
    const isFitting = areSame(capabilities, this.#capabilities);
    if (spare !== undefined && isFitting) return spare;
    if (spare !== undefined) this.#dismiss(spare);
    const monitor = startMonitor(this.host, capabilities);
    this.#capabilities = capabilities;
    return monitor;
  }

  /** Makes the next spare before long. */
  makeAnother(): void {
    this.#timer ??= setTimeout(() => this.#refill(), pauseMs).unref();
    this.#timer.refresh();
  }

  /** Lets the spare go, until there is another start: for an engine that has no pods. */
  async discard(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const spare = this.#release();
    if (spare !== undefined) this.#dismiss(spare);
    await this.#dismissed;
  }

  /** Keeps no spare any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.discard();
  }

  #release(): Monitor | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }

  #refill(): void {
    if (this.#isClosed || this.#spare !== undefined) return;
    try {
      this.#keep(startMonitor(this.host, this.#capabilities));
    } catch (error) {
      // Out of descriptors, most likely. The next start makes its own, and tells if it cannot.
      log('cannot make a spare monitor: %s', error);
    }
  }

  #keep(spare: Monitor): void {
    this.#spare = spare;
    const onClose = () => {
      // It could not be started, or somebody has killed it.
      this.#spare = undefined;
      this.#dismiss(spare);
    };
    spare.session.listen({ onMessage: () => {}, onClose });
  }

  #dismiss({ name, session, ended }: Monitor): void {
    session.close();
    const removed = ended.then(() => removeMonitor(this.host, name));
    const logged = removed.catch((error) => log('cannot remove a spare monitor: %s', error));
    this.#dismissed = Promise.all([this.#dismissed, logged]).then(() => {});
  }
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name, index) => name === others[index]);
}
