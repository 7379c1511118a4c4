import { PeapodError } from '../errors.js';
import { type BlobTarget, blobSize } from './blob.js';
import { type BlobWriter, createBlobWriter } from './blob-writer.js';
import type { Descriptor } from './descriptor.js';
import type { ImageStore } from './store.js';
import { whenTurnComes } from './turn.js';

/** Writes a blob's bytes into `target`. */
export type FetchBlob = (target: BlobTarget) => Promise<void>;

/**
 * Sees to it that a blob is in the store. Of many who ask for the same blob one fetches it, each by its own means; if
 * that one fails or is aborted, the next one does. Resolves with false if it was there already.
 * Throws PEAPOD_IMAGE_INVALID for a blob of another size or content than `descriptor` says.
 */
export function ensureBlob(
  store: ImageStore,
  descriptor: Descriptor,
  { fetch, signal }: { readonly fetch: FetchBlob; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  const inTurn = <T>(task: () => Promise<T>) => store.turns.run(`blob ${descriptor.digest}`, task);
  return whenTurnComes(
    inTurn,
    async () => {
      const size = await blobSize(store, descriptor.digest);
      if (size === undefined) await fetchInto(createBlobWriter(store, descriptor), fetch, signal);
      else if (size !== descriptor.size) throw wrongSize(descriptor, size);
      return size === undefined;
    },
    signal,
  );
}

async function fetchInto(writer: BlobWriter, fetch: FetchBlob, signal?: AbortSignal): Promise<void> {
  try {
    await fetch(writer);
    signal?.throwIfAborted();
    await writer.commit();
  } finally {
    await writer.discard();
  }
}

function wrongSize({ digest, size }: Descriptor, actual: number): PeapodError {
  return new PeapodError(
    'PEAPOD_IMAGE_INVALID',
    `Cannot take blob ${digest}: it is said to have ${size} bytes, but has ${actual}`,
    { details: { digest } },
  );
}
