import { Slots } from '../slots.js';
import { whenTurnComes } from '../turn.js';
import { UnpackWorker } from './unpack-worker.js';

/** As many as are of use: what they read, others have to fetch and to write. */
const slots = new Slots(2);

/** The next layer of an image comes soon; a thread costs 40 ms to start and some MB to keep. */
const idleMs = 500;

/** The thread they share. */
let worker: UnpackWorker | undefined;
let users = 0;
let idle: NodeJS.Timeout | undefined;

/** Runs `work` with the thread, when there is a place. Rejects once the signal aborts before. */
export function withWorker<T>(
  work: (worker: UnpackWorker) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const use = async () => {
    const shared = take();
    try {
      return await work(shared);
    } finally {
      release();
    }
  };
  return whenTurnComes((task) => slots.run(task), use, signal);
}

function take(): UnpackWorker {
  clearTimeout(idle);
  users++;
  if (worker === undefined || worker.isEnded) worker = new UnpackWorker();
  return worker;
}

function release(): void {
  if (--users > 0) return;
  const unused = worker;
  idle = setTimeout(() => {
    worker = undefined;
    void unused?.end();
  }, idleMs).unref();
}
