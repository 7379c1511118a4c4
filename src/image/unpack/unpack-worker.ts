import { Worker } from 'node:worker_threads';
import { openRegularFile } from '../regular-file.js';
import { unpackError } from './passed-error.js';
import type { WorkerReply } from './worker.js';
import type { WriteTask, WrittenLayer } from './write-layer.js';

/** The same file as source, under tests, and next to the bundles of `dist`. */
const isSource = import.meta.url.endsWith('.ts');
const program = new URL(isSource ? './worker.ts' : './unpack-worker.js', import.meta.url);

/** What a thread is asked for. */
export type ReadTask = Omit<WriteTask, 'file'>;

/** A thread that reads one archive at a time. */
export class UnpackWorker {
  readonly #worker = new Worker(program, {
    execArgv: loaderOptions(),
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
  /** The thread has read its program, or has ended. */
  readonly #loaded: Promise<void>;
  #isEnded = false;

  constructor() {
    // Without a listener it would be thrown here; whoever waits for the task is told.
    this.#worker.on('error', ignore);
    this.#loaded = new Promise((resolve) => {
      this.#worker.once('message', () => resolve());
      this.#worker.once('exit', () => {
        this.#isEnded = true;
        resolve();
      });
    });
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Reads an archive. Rejects with what {@link writeLayer} throws, or when the thread ends. It is opened here and handed
   * over: a thread that is ended while it opens a file leaves that open, and nobody knows by which number.
   */
  async run(task: ReadTask, onRead: (compressedBytes: number) => void = ignore): Promise<WrittenLayer> {
    const listening = new AbortController();
    this.#worker.ref();
    try {
      await this.#loaded;
      const file = await openRegularFile(task.path);
      if (this.#isEnded) {
        await file.close();
        throw ended();
      }
      const reply = this.#nextReply(onRead, listening.signal);
      this.#worker.postMessage({ ...task, file } satisfies WriteTask, [file]);
      return await reply;
    } finally {
      listening.abort();
      this.#worker.unref();
    }
  }

  /** Ends the thread, once it is in no system call. */
  async end(): Promise<void> {
    this.#isEnded = true;
    // A thread that is ended while it reads its program leaves that file open.
    await this.#loaded;
    await this.#worker.terminate();
  }

  #nextReply(onRead: (compressedBytes: number) => void, signal: AbortSignal): Promise<WrittenLayer> {
    return new Promise((resolve, reject) => {
      const onReply = (reply: WorkerReply) => {
        if (reply.kind === 'read') onRead(reply.compressedBytes);
        else if (reply.kind === 'done') resolve(reply.layer);
        else if (reply.kind === 'failed') reject(unpackError(reply.error));
      };
      const onExit = () => reject(ended());
      this.#worker.on('message', onReply).on('error', reject).on('exit', onExit);
      signal.addEventListener('abort', () => {
        this.#worker.off('message', onReply).off('error', reject).off('exit', onExit);
      });
    });
  }
}

/** Of the options this process was started with, the one that reads TypeScript. */
function loaderOptions(): string[] {
  return isSource ? process.execArgv.filter((option) => option.includes('typescript')) : [];
}

function ended(): Error {
  return new Error('The thread that reads the archive ended');
}

function ignore(): void {}
