import { setMaxListeners } from 'node:events';
import type { BlobTarget } from './blob.js';
import type { Descriptor } from './descriptor.js';
import type { Digest } from './digest.js';
import { ensureBlob } from './ensure-blob.js';
import { ensureLayer } from './ensure-layer.js';
import type { InstallOptions, Progress } from './install.js';
import type { LayerRecord } from './record.js';
import { Slots } from './slots.js';
import type { ImageSource } from './source.js';
import type { ImageStore } from './store.js';
import { whenTurnComes } from './turn.js';

/** As many as docker fetches of one image. */
const maxFetches = 3;

/** A layer, with what the configuration says its content is. */
export interface LayerPair {
  readonly layer: Descriptor;
  readonly diffId: Digest;
}

interface Work extends Pick<InstallOptions, 'limits' | 'onProgress'> {
  readonly store: ImageStore;
  readonly source: ImageSource;
  readonly fetches: Slots;
  readonly signal: AbortSignal;
}

/**
 * Fetches and unpacks the layers of an image, some at a time. When one fails the others are aborted, and it rejects
 * when all of them have ended.
 */
export async function installLayers(
  store: ImageStore,
  source: ImageSource,
  options: InstallOptions & { readonly pairs: readonly LayerPair[] },
): Promise<LayerRecord[]> {
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])]);
  // One listener for each request of each layer is no leak.
  setMaxListeners(0, signal);
  const { limits, onProgress, pairs } = options;
  const work: Work = { store, source, fetches: new Slots(maxFetches), signal, limits, onProgress };
  const layers = pairs.map(async (pair) => {
    try {
      return await installLayer(work, pair);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(layers);
  return await Promise.all(layers).catch(() => {
    throw signal.reason;
  });
}

async function installLayer(work: Work, { layer, diffId }: LayerPair): Promise<LayerRecord> {
  const { store, limits, signal } = work;
  const tell = (phase: Progress['phase'], current = 0) =>
    work.onProgress?.({ digest: layer.digest, phase, current, total: layer.size });
  tell('waiting');
  const isNew = await fetchLayer(work, layer, tell);
  const hasFiles = store.unpacked.has(diffId);
  const present = await ensureLayer(
    store,
    { diffId, digest: layer.digest },
    { limits, signal, onProgress: (bytes) => tell('extracting', bytes) },
  );
  tell(isNew || !hasFiles ? 'done' : 'exists', layer.size);
  return {
    diffId,
    digest: layer.digest,
    mediaType: layer.mediaType,
    blobBytes: layer.size,
    sizeBytes: present.sizeBytes,
  };
}

function fetchLayer(
  { store, source, fetches, signal }: Work,
  layer: Descriptor,
  tell: (phase: Progress['phase'], current: number) => void,
): Promise<boolean> {
  const fetch = (target: BlobTarget) =>
    source.fetchBlob(
      layer,
      watched(target, (bytes) => tell('downloading', bytes)),
      signal,
    );
  const inSlot = <T>(task: () => Promise<T>) => fetches.run(task);
  return whenTurnComes(inSlot, () => ensureBlob(store, layer, { fetch, signal }), signal);
}

/** The same target, told of whatever it takes. */
function watched(target: BlobTarget, onBytes: (bytes: number) => void): BlobTarget {
  return {
    get offset() {
      return target.offset;
    },
    async write(chunk) {
      await target.write(chunk);
      onBytes(target.offset);
    },
    async restart() {
      await target.restart();
      onBytes(0);
    },
    verify: () => target.verify?.(),
  };
}
