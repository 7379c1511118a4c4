// The thread that reads archives: decompressing, hashing and parsing one would stop everything else for seconds.
import { parentPort } from 'node:worker_threads';
import { type PassedError, packError } from './passed-error.js';
import { type WriteTask, type WrittenLayer, writeLayer } from './write-layer.js';

/** What the thread is asked for: to read an archive, and to leave off. */
export type WorkerRequest =
  | { readonly kind: 'read'; readonly id: number; readonly task: WriteTask }
  | { readonly kind: 'cancel'; readonly id: number };

/** What the thread says: once that it listens, then of each task, of which `done` or `failed` is the last. */
export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'read'; readonly id: number; readonly compressedBytes: number }
  | { readonly kind: 'done'; readonly id: number; readonly layer: WrittenLayer }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PassedError };

const running = new Map<number, AbortController>();

function read(id: number, task: WriteTask): void {
  const controller = new AbortController();
  running.set(id, controller);
  const { signal } = controller;
  const onRead = (compressedBytes: number) => reply({ kind: 'read', id, compressedBytes });
  writeLayer(task, { onRead, signal })
    .then(
      (layer) => reply({ kind: 'done', id, layer }),
      (error) => reply({ kind: 'failed', id, error: packError(error) }),
    )
    .finally(() => running.delete(id));
}

function reply(message: WorkerReply): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', (request: WorkerRequest) => {
  if (request.kind === 'read') read(request.id, request.task);
  else running.get(request.id)?.abort(new Error('Nobody wants the rest of the archive'));
});

reply({ kind: 'ready' });
