import { constants } from 'node:os';
import type { Engine } from '../pod/engine-api.js';

const { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGKILL } = constants.signals;

/** Passed on as they are, as docker does. */
const passed = { SIGINT, SIGTERM, SIGHUP, SIGQUIT } as const;

/** Of these there is one: whoever sends it, systemd for example, waits for the end. */
const endings: readonly number[] = [SIGTERM, SIGHUP];
const patienceMs = 10_000;

/**
 * Passes signals on to the container of a pod. The second one kills it: a first process without a handler of its own
 * does not notice the first. Calls off when called.
 */
export function passSignals(engine: Engine, name: string): () => void {
  let isAsked = false;
  let timer: NodeJS.Timeout | undefined;
  const send = (signal: number): void => {
    // Not running: it has not begun, and is not to any more, or it has ended.
    engine.kill(name, { signal }).catch(() => engine.delete(name, { force: true }).catch(() => {}));
  };
  const handlers = Object.entries(passed).map(([event, signal]) => {
    const handler = (): void => {
      send(isAsked ? SIGKILL : signal);
      isAsked = true;
      if (endings.includes(signal)) timer ??= setTimeout(send, patienceMs, SIGKILL);
    };
    process.on(event, handler);
    return () => process.off(event, handler);
  });
  return () => {
    clearTimeout(timer);
    for (const remove of handlers) remove();
  };
}
