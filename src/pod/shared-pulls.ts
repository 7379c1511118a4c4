import type { Progress } from '../image/install.js';
import { abortable } from '../kernel/abortable.js';
import type { ImageSummary, PullImageOptions } from './image-api.js';
import type { PodImages } from './images.js';

/** An image that came, and what it took. */
export interface Pulled {
  readonly image: ImageSummary;
  /** From the beginning of the download, whoever asked for it first. */
  readonly durationMs: number;
}

/** One download, for everyone who waits for it. */
interface Download {
  readonly result: Promise<Pulled>;
  readonly controller: AbortController;
  readonly listeners: Set<(progress: Progress) => void>;
  /** How far each blob is, for those who come later. */
  readonly latest: Map<string, Progress>;
  waiting: number;
}

/**
 * The pulls of one engine. Of several for one image at the same time there is one download, which ends when the last
 * who waits for it gives up.
 */
export class SharedPulls {
  readonly #images: Pick<PodImages, 'pull' | 'normalize'>;
  readonly #downloads = new Map<string, Download>();

  constructor(images: Pick<PodImages, 'pull' | 'normalize'>) {
    this.#images = images;
  }

  /** Rejects as `PodImages.pull` does, and with the signal's reason. */
  async pull(reference: string, options: PullImageOptions = {}): Promise<Pulled> {
    const { authFile, signal, onProgress } = options;
    signal?.throwIfAborted();
    const key = JSON.stringify([this.#images.normalize(reference), authFile]);
    const download = this.#downloads.get(key) ?? this.#begin(key, reference, authFile);
    download.waiting++;
    if (onProgress !== undefined) listen(download, onProgress);
    try {
      return await abortable(download.result, signal);
    } finally {
      if (onProgress !== undefined) download.listeners.delete(onProgress);
      if (--download.waiting === 0) this.#end(key, download);
    }
  }

  /** Ends all of them. What came so far is removed when the store is opened next. */
  async close(): Promise<void> {
    const downloads = [...this.#downloads.values()];
    for (const { controller } of downloads) controller.abort();
    await Promise.allSettled(downloads.map(({ result }) => result));
  }

  #begin(key: string, reference: string, authFile: string | undefined): Download {
    const controller = new AbortController();
    const latest = new Map<string, Progress>();
    const listeners = new Set<(progress: Progress) => void>();
    const onProgress = (progress: Progress): void => {
      latest.set(progress.digest, progress);
      for (const tell of listeners) tell(progress);
    };
    const result = timed(() =>
      this.#images.pull(reference, { authFile, signal: controller.signal, onProgress }),
    );
    const download = { result, controller, listeners, latest, waiting: 0 };
    // Nobody may be left to hear of its end.
    result.catch(() => {});
    this.#downloads.set(key, download);
    return download;
  }

  /** Nobody waits any more: it has ended, or is to. Whoever comes now begins anew. */
  #end(key: string, download: Download): void {
    if (this.#downloads.get(key) === download) this.#downloads.delete(key);
    download.controller.abort();
  }
}

function listen({ latest, listeners }: Download, onProgress: (progress: Progress) => void): void {
  for (const progress of latest.values()) onProgress(progress);
  listeners.add(onProgress);
}

async function timed(pull: () => Promise<ImageSummary>): Promise<Pulled> {
  const startMs = performance.now();
  const image = await pull();
  return { image, durationMs: performance.now() - startMs };
}
