// The thread that reads archives: decompressing, hashing and parsing one would stop everything else for seconds.
import { parentPort } from 'node:worker_threads';
import { type PassedError, packError } from './passed-error.js';
import { type WriteTask, type WrittenLayer, writeLayer } from './write-layer.js';

/** What the thread says: once that it listens, then of each task, of which `done` or `failed` is the last. */
export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'read'; readonly compressedBytes: number }
  | { readonly kind: 'done'; readonly layer: WrittenLayer }
  | { readonly kind: 'failed'; readonly error: PassedError };

parentPort?.on('message', (task: WriteTask) => {
  const reply = (message: WorkerReply) => parentPort?.postMessage(message);
  writeLayer(task, (compressedBytes) => reply({ kind: 'read', compressedBytes })).then(
    (layer) => reply({ kind: 'done', layer }),
    (error) => reply({ kind: 'failed', error: packError(error) }),
  );
});

parentPort?.postMessage({ kind: 'ready' } satisfies WorkerReply);
