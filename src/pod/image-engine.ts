import { PeapodError } from '../errors.js';
import type { CheckReport } from '../image/check.js';
import type { ImageInspection } from '../image/inspect.js';
import type {
  CheckImagesOptions,
  ImageApi,
  ImageSummary,
  ImportOptions,
  LoadImagesOptions,
  PullImageOptions,
  RemoveImagesOptions,
  SaveImagesOptions,
} from './image-api.js';
import { layersInUse, podsThatUse } from './images-in-use.js';
import type { PodRegistry } from './pod-registry.js';

/** Reasons a container waits for that another image, or one at all, may put right. */
const imageReasons = new Set(['ErrImagePull', 'ErrImageNeverPull', 'ImageInspectError']);

/** The images of an engine, and what they mean to its pods: who waits for one, and who uses it. */
export class ImageEngine implements ImageApi {
  readonly #pods: PodRegistry;
  readonly #closing: AbortSignal;

  /** @param closing aborts when the engine closes. */
  constructor(pods: PodRegistry, closing: AbortSignal) {
    this.#pods = pods;
    this.#closing = closing;
  }

  async pull(reference: string, options: PullImageOptions = {}): Promise<ImageSummary> {
    this.#checkOpen();
    const { image } = await this.#pods.parts.pulls.pull(reference, this.#untilClosed(options));
    return this.#arrived(image);
  }

  async list(): Promise<ImageSummary[]> {
    return this.#images.list();
  }

  async inspect(reference: string): Promise<ImageInspection> {
    return this.#images.inspect(reference);
  }

  async tag(source: string, target: string): Promise<ImageSummary> {
    return this.#arrived(await this.#images.tag(source, target));
  }

  async remove(references: readonly string[], { force = false }: RemoveImagesOptions = {}): Promise<void> {
    for (const reference of references) await this.#checkRemovable(reference, force);
    const inUse = () => layersInUse(this.#pods);
    for (const reference of references) await this.#images.remove(reference, { isForced: force, inUse });
  }

  async load(options: LoadImagesOptions): Promise<ImageSummary[]> {
    return this.#arrived(await this.#images.load(this.#untilClosed(options)));
  }

  async *save(references: readonly string[], options: SaveImagesOptions = {}): AsyncGenerator<Buffer> {
    yield* this.#images.save(references, this.#untilClosed(options));
  }

  async import(options: ImportOptions): Promise<ImageSummary> {
    return this.#arrived(await this.#images.import(options));
  }

  async check(options: CheckImagesOptions = {}): Promise<CheckReport> {
    return this.#images.check(this.#untilClosed(options));
  }

  async #checkRemovable(reference: string, isForced: boolean): Promise<void> {
    // Tells what is missing before anything is removed.
    await this.#images.inspect(reference);
    const name = this.#images.findName(reference);
    const [pod] = isForced || name === undefined ? [] : podsThatUse(this.#pods, name);
    if (pod !== undefined) throw usedBy(reference, pod);
  }

  get #images() {
    this.#checkOpen();
    return this.#pods.parts.images;
  }

  /** Whoever waits for an image may have it now. */
  #arrived<T>(images: T): T {
    for (const worker of this.#pods.workers()) {
      const { problems } = worker.state;
      const waiting = [...problems].filter(([, { reason }]) => imageReasons.has(reason));
      if (waiting.length === 0) continue;
      void worker.request(async () => {
        for (const [name, problem] of waiting) if (problems.get(name) === problem) problems.delete(name);
      });
    }
    return images;
  }

  #checkOpen(): void {
    if (this.#closing.aborted) throw new PeapodError('PEAPOD_USAGE', 'The engine is closed');
  }

  #untilClosed<T extends { readonly signal?: AbortSignal | undefined }>(options: T): T {
    const signals = [options.signal, this.#closing].filter((signal) => signal !== undefined);
    return { ...options, signal: AbortSignal.any(signals) };
  }
}

function usedBy(reference: string, pod: string): PeapodError {
  return new PeapodError('PEAPOD_CONFLICT', `Cannot remove image "${reference}": pod "${pod}" uses it`, {
    hint: 'Delete the pod first, or remove the name all the same with --force',
    details: { reference, pod },
  });
}
