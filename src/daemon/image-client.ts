import type { IncomingMessage } from 'node:http';
import type { CheckReport } from '../image/check.js';
import type { ImageInspection } from '../image/inspect.js';
import type { Progress } from '../image/install.js';
import type {
  CheckImagesOptions,
  ImageApi,
  ImageSummary,
  ImportOptions,
  LoadImagesOptions,
  PullImageOptions,
  RemoveImagesOptions,
  SaveImagesOptions,
  TransferOptions,
} from '../pod/image-api.js';
import { readBytes, readLines } from './stream-client.js';
import type { Transport } from './transport.js';
import { decodeError, type WireError } from './wire-error.js';

/** One line of a call that tells how far it is. */
export type TransferLine<T> =
  | { readonly progress: Progress }
  | { readonly result: T }
  | { readonly error: WireError };

/** The images of an engine that runs in another process. */
export class ImageClient implements ImageApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  pull(reference: string, { authFile, ...options }: PullImageOptions = {}): Promise<ImageSummary> {
    return this.#transfer('/v1/images-pull', { reference, authFile }, options);
  }

  list(): Promise<ImageSummary[]> {
    return this.#transport.call('GET', '/v1/images');
  }

  inspect(reference: string): Promise<ImageInspection> {
    return this.#transport.call('GET', `/v1/images/${encodeURIComponent(reference)}`);
  }

  tag(source: string, target: string): Promise<ImageSummary> {
    return this.#transport.call('POST', '/v1/images-tag', { body: { source, target } });
  }

  async remove(references: readonly string[], options: RemoveImagesOptions = {}): Promise<void> {
    await this.#transport.call('POST', '/v1/images-remove', { body: { references, options } });
  }

  load({ path, name, ...options }: LoadImagesOptions): Promise<ImageSummary[]> {
    return this.#transfer('/v1/images-load', { path, name }, options);
  }

  save(references: readonly string[], { format, signal }: SaveImagesOptions = {}): AsyncIterable<Buffer> {
    const body = { references, format };
    return readBytes(() => this.#transport.stream('POST', '/v1/images-save', { body, signal }), signal);
  }

  import(options: ImportOptions): Promise<ImageSummary> {
    return this.#transport.call('POST', '/v1/images', { body: options });
  }

  check({ signal }: CheckImagesOptions = {}): Promise<CheckReport> {
    return this.#transport.call('POST', '/v1/images-check', { signal });
  }

  /** A call that may take minutes: it tells how far it is, and ends there when it is given up here. */
  async #transfer<T>(path: string, body: object, { onProgress, signal }: TransferOptions): Promise<T> {
    const open = (): Promise<IncomingMessage> => this.#transport.stream('POST', path, { body, signal });
    for await (const text of readLines(open, signal)) {
      const line = JSON.parse(text) as TransferLine<T>;
      if ('result' in line) return line.result;
      if ('error' in line) throw decodeError(line.error);
      onProgress?.(line.progress);
    }
    signal?.throwIfAborted();
    throw new Error('The daemon did not tell how it ended');
  }
}
