import { SystemError } from '../../errors.js';
import { debug } from '../../log.js';
import type { Limits } from '../limits.js';
import { explainAnswer } from './explain-answer.js';
import { type Jail, type JailEnd, startJail } from './jail.js';
import type { UnpackWorker } from './unpack-worker.js';
import { withWorker } from './worker-pool.js';
import type { WrittenLayer } from './write-layer.js';

export interface UnpackRequest {
  /** A tar archive, plain or compressed with gzip or zstd. */
  readonly blobPath: string;
  /** An empty directory, which becomes the layer's files. */
  readonly directory: string;
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((compressedBytesRead: number) => void) | undefined;
}

export type UnpackedLayer = WrittenLayer;

const log = debug('image');

/**
 * Unpacks a layer: a thread reads the archive, and a process that sees nothing but the directory makes what is in it.
 * Whiteouts become what overlayfs takes for them. At most two layers are unpacked at a time; others wait.
 * Throws PEAPOD_IMAGE_INVALID, naming the entry, for an archive that is malformed, hostile or beyond a limit,
 * PEAPOD_UNSUPPORTED for a compression we cannot undo, SystemError when the host cannot hold it, the signal's reason when
 * that aborts. After an error the directory holds a part of it; removing that is the caller's.
 */
export function unpackLayer(request: UnpackRequest): Promise<UnpackedLayer> {
  return withWorker((worker) => unpackWith(worker, request), request.signal);
}

async function unpackWith(worker: UnpackWorker, request: UnpackRequest): Promise<UnpackedLayer> {
  const { directory, signal } = request;
  const startMs = performance.now();
  const jail = await startJail(directory);
  const reading = new AbortController();
  // A thread that waits for the process to read hears nothing: the process goes first.
  const stop = () => {
    jail.kill();
    reading.abort();
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const layer = await follow({ jail, worker, reading }, request);
    log('%s: %d entries in %d ms', layer.diffId, layer.entries, Math.round(performance.now() - startMs));
    return layer;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

interface Parts {
  readonly jail: Jail;
  readonly worker: UnpackWorker;
  readonly reading: AbortController;
}

async function follow({ jail, worker, reading }: Parts, request: UnpackRequest): Promise<UnpackedLayer> {
  const { blobPath, limits, signal, onProgress } = request;
  let isWriting = true;
  const task = { path: blobPath, commandFd: jail.commandFd, limits };
  const writing = worker.run(task, { onRead: onProgress, signal: reading.signal }).finally(() => {
    isWriting = false;
    jail.closeCommands();
  });
  const ended = jail.ended.then((end) => {
    // What is left of the archive need not be read: it may be long, and nothing that is to be made. The end of a whole
    // one may be heard of before that of its reading.
    if (isWriting && end.type !== 'done') reading.abort();
    return end;
  });
  const [written, end] = await Promise.allSettled([writing, ended]);
  signal?.throwIfAborted();
  if (end.status === 'rejected') throw end.reason;
  if (end.value.type === 'done' && written.status === 'fulfilled') return written.value;
  throw explainEnd(end.value, written, limits);
}

function explainEnd(end: JailEnd, written: PromiseSettledResult<WrittenLayer>, limits: Limits): unknown {
  const isCutOff = end.type === 'failed' && end.step === 'command';
  // Cut off in the middle of its commands, it says so; the reason is the reader's.
  if (isCutOff && written.status === 'rejected') return written.reason;
  return end.type === 'failed' && !isCutOff ? explainAnswer(end, limits) : died(end);
}

function died(end: JailEnd): SystemError {
  const code = end.type === 'failed' ? 'EPROTO' : 'ECHILD';
  return new SystemError(`Cannot unpack the layer: its process ended before it was done (${code})`, {
    errno: code === 'EPROTO' ? 71 : 10,
    code,
    syscall: 'unpack',
    action: 'unpack the layer',
    hint: 'Somebody, or the OOM killer, ended it.',
  });
}
