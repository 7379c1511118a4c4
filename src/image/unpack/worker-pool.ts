import { Slots } from '../slots.js';
import { whenTurnComes } from '../turn.js';
import { UnpackWorker } from './unpack-worker.js';

/** As many as are of use: what they read, others have to fetch and to write. */
const slots = new Slots(2);

/** The next layer of an image comes soon; a thread costs 40 ms to start and some MB to keep. */
const idleMs = 500;

/** Threads that have nothing to do, with the timers that end them. */
const idle = new Map<UnpackWorker, NodeJS.Timeout>();

/** Runs `work` with a thread of its own, when one is free. Rejects once the signal aborts before. */
export function withWorker<T>(
  work: (worker: UnpackWorker) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const use = async () => {
    const worker = takeIdle() ?? new UnpackWorker();
    try {
      return await work(worker);
    } finally {
      keep(worker);
    }
  };
  return whenTurnComes((task) => slots.run(task), use, signal);
}

function takeIdle(): UnpackWorker | undefined {
  for (const [worker, timer] of idle) {
    clearTimeout(timer);
    idle.delete(worker);
    if (!worker.isEnded) return worker;
  }
  return undefined;
}

function keep(worker: UnpackWorker): void {
  if (worker.isEnded) return;
  const end = () => {
    idle.delete(worker);
    worker.end();
  };
  idle.set(worker, setTimeout(end, idleMs).unref());
}
