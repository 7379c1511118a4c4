import { Worker } from 'node:worker_threads';
import { openRegularFile } from '../regular-file.js';
import { unpackError } from './passed-error.js';
import type { WorkerReply, WorkerRequest } from './worker.js';
import type { WriteTask, WrittenLayer } from './write-layer.js';

/** The same file as source, under tests, and next to the bundles of `dist`. */
const isSource = import.meta.url.endsWith('.ts');
const program = new URL(isSource ? './worker.ts' : './unpack-worker.js', import.meta.url);

/** What a thread is asked for. */
export type ReadTask = Omit<WriteTask, 'file'>;

export interface ReadOptions {
  readonly onRead?: ((compressedBytes: number) => void) | undefined;
  /** Aborted, the rest of the archive is not read. */
  readonly signal: AbortSignal;
}

interface Pending {
  readonly onRead: (compressedBytes: number) => void;
  readonly resolve: (layer: WrittenLayer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread that reads archives, several at a time: most of it is decompression, which happens in other threads, and a
 * V8 of its own for each would take 10 MiB.
 */
export class UnpackWorker {
  readonly #worker = new Worker(program, {
    execArgv: loaderOptions(),
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
  /** The thread has read its program, or has ended. */
  readonly #loaded: Promise<void>;
  readonly #pending = new Map<number, Pending>();
  #count = 0;
  /** How many wait for the thread, those among them that it has not been asked yet: it keeps the program alive for them. */
  #waiting = 0;
  #isEnded = false;

  constructor() {
    this.#loaded = new Promise((resolve) => {
      this.#worker.on('message', (reply: WorkerReply) => {
        if (reply.kind === 'ready') resolve();
        else this.#onReply(reply);
      });
      this.#worker.on('error', (error) => this.#fail(error));
      this.#worker.once('exit', () => {
        this.#isEnded = true;
        this.#fail(ended());
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
  async run(task: ReadTask, { onRead = ignore, signal }: ReadOptions): Promise<WrittenLayer> {
    const id = this.#count++;
    const cancel = () => this.#post({ kind: 'cancel', id });
    this.#waiting++;
    this.#worker.ref();
    try {
      await this.#loaded;
      const file = await openRegularFile(task.path);
      if (this.#isEnded) {
        await file.close();
        throw ended();
      }
      const written = new Promise<WrittenLayer>((resolve, reject) => {
        this.#pending.set(id, { onRead, resolve, reject });
      });
      this.#worker.postMessage({ kind: 'read', id, task: { ...task, file } } satisfies WorkerRequest, [file]);
      signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) cancel();
      return await written;
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#pending.delete(id);
      if (--this.#waiting === 0) this.#worker.unref();
    }
  }

  /** Ends the thread, once it is in no system call. */
  async end(): Promise<void> {
    this.#isEnded = true;
    // A thread that is ended while it reads its program leaves that file open.
    await this.#loaded;
    await this.#worker.terminate();
  }

  #post(request: WorkerRequest): void {
    this.#worker.postMessage(request);
  }

  #onReply(reply: Exclude<WorkerReply, { kind: 'ready' }>): void {
    const pending = this.#pending.get(reply.id);
    if (reply.kind === 'read') pending?.onRead(reply.compressedBytes);
    else if (reply.kind === 'done') pending?.resolve(reply.layer);
    else pending?.reject(unpackError(reply.error));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
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
