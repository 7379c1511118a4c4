const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Exit codes of a command that a signal ended. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Told to whoever waits for work that Ctrl-C ended. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: (typeof signals)[number]) {
    super(`Given up at ${signal}`);
    this.exitCode = codes[signal];
  }
}

/** Does work that Ctrl-C gives up: the daemon hears of it, unlike of a process that only ends. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (signal: (typeof signals)[number]): void => controller.abort(new Interrupted(signal));
  for (const signal of signals) process.once(signal, abort);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, abort);
  }
}
