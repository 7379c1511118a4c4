import { setImmediate } from 'node:timers/promises';

const maxBusyMs = 2;

/** Lets the event loop run between small pieces of synchronous work, as often as their time asks for. */
export class Pace {
  #since = performance.now();

  async rest(): Promise<void> {
    if (performance.now() - this.#since < maxBusyMs) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
