import { Failure } from './failure.js';
import type { HttpResponse } from './http-client.js';
import type { FetchLimits } from './limits.js';
import { networkFailure } from './network-failure.js';

type Patience = Pick<FetchLimits, 'idleMs' | 'minBytesPerSecond' | 'rateWindowMs'>;

/**
 * The bytes of an answer as they come. Throws a Failure when it breaks off, stalls or only drips; time that the reader
 * takes between two chunks is not counted. The connection is closed unless all was read.
 */
export async function* readBody(
  response: HttpResponse,
  { patience, signal }: { patience: Patience; signal?: AbortSignal | undefined },
): AsyncGenerator<Buffer> {
  const { body, url } = response;
  const wait = new BodyWait(response, patience);
  const onAbort = () => body.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', onAbort, { once: true });
  const chunks = body[Symbol.asyncIterator]();
  try {
    signal?.throwIfAborted();
    for (;;) {
      const { done, value } = await wait.during(() => chunks.next());
      if (done) return;
      wait.count(value.length);
      yield value;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Failure ? error : networkFailure(url.host, error);
  } finally {
    wait.end();
    signal?.removeEventListener('abort', onAbort);
    body.destroy();
  }
}

/** An answer as a whole, refused when it is longer than `maxBytes`. */
export async function readWhole(
  response: HttpResponse,
  options: { maxBytes: number; patience: Patience; signal?: AbortSignal | undefined },
): Promise<Buffer> {
  const { maxBytes } = options;
  const tooLong = () => new Failure('invalid', `${response.url.host} sends more than ${maxBytes} bytes`);
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
    response.body.destroy();
    throw tooLong();
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of readBody(response, options)) {
    length += chunk.length;
    if (length > maxBytes) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** How long an answer has been waited for, and what came meanwhile. */
class BodyWait {
  readonly #response: HttpResponse;
  readonly #patience: Patience;
  readonly #timer: NodeJS.Timeout;
  #isWaiting = false;
  #windowMs = 0;
  #windowBytes = 0;

  constructor(response: HttpResponse, patience: Patience) {
    this.#response = response;
    this.#patience = patience;
    this.#timer = setTimeout(() => this.#onIdle(), patience.idleMs);
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    this.#isWaiting = true;
    this.#timer.refresh();
    try {
      return await work();
    } finally {
      this.#isWaiting = false;
      this.#windowMs += performance.now() - start;
    }
  }

  count(bytes: number): void {
    const { minBytesPerSecond, rateWindowMs } = this.#patience;
    this.#windowBytes += bytes;
    if (this.#windowMs < rateWindowMs) return;
    const least = (minBytesPerSecond * this.#windowMs) / 1000;
    if (this.#windowBytes < least) throw this.#stalled(`sends less than ${minBytesPerSecond} bytes a second`);
    this.#windowMs = 0;
    this.#windowBytes = 0;
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #onIdle(): void {
    const why = `has sent nothing for ${this.#patience.idleMs / 1000} s`;
    if (this.#isWaiting) this.#response.body.destroy(this.#stalled(why));
  }

  #stalled(why: string): Failure {
    return new Failure('unavailable', `${this.#response.url.host} ${why}`, { isTransient: true });
  }
}
