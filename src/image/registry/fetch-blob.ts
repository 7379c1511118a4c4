import type { BlobTarget } from '../blob.js';
import type { Descriptor } from '../descriptor.js';
import { readBody } from './body.js';
import { parseContentRange } from './content-range.js';
import { Failure } from './failure.js';
import type { HttpResponse } from './http-client.js';
import type { FetchLimits, Timing } from './limits.js';
import type { Repository } from './repository.js';
import { waitForRetry } from './retry.js';

export interface BlobQuestion {
  readonly descriptor: Descriptor;
  readonly target: BlobTarget;
  readonly limits: FetchLimits;
  readonly timing: Timing;
  readonly signal: AbortSignal | undefined;
}

/** An attempt that got this much further was worth it. */
const progressBytes = 1024 * 1024;

/**
 * Brings a blob, or what is missing of it: a connection that broke is resumed where it ended, again and again, as long as
 * that leads further. Rejects with a Failure, or as the target does.
 */
export async function fetchBlob(repository: Repository, question: BlobQuestion): Promise<void> {
  const { descriptor, target, limits, timing, signal } = question;
  let furthest = target.offset;
  let fruitless = 0;
  for (let attempt = 1; target.offset < descriptor.size; attempt += 1) {
    try {
      await receive(await askFor(repository, question), question);
    } catch (error) {
      const failure = retried(error);
      fruitless = target.offset >= furthest + progressBytes ? 0 : fruitless + 1;
      furthest = Math.max(furthest, target.offset);
      if (fruitless >= limits.attempts || attempt >= limits.totalAttempts) throw failure;
      await waitForRetry(Math.max(fruitless, 1), failure, { timing, signal });
    }
  }
}

/** The failure, if there is another try; throws it if not. The registry was there for the manifest: it may be back. */
function retried(error: unknown): Failure {
  if (error instanceof Failure && (error.isTransient || error.isUnreachable)) return error;
  throw error;
}

async function askFor(repository: Repository, question: BlobQuestion): Promise<HttpResponse> {
  const { descriptor, target, signal } = question;
  const { offset } = target;
  const headers: Record<string, string> = offset === 0 ? {} : { range: `bytes=${offset}-` };
  const wanted = offset === 0 ? [200] : [200, 206, 416];
  const path = `blobs/${descriptor.digest}`;
  const response = await repository.ask({ method: 'GET', what: 'blob', path, headers, wanted, signal });
  try {
    await prepare(response, question);
    return response;
  } catch (error) {
    response.body.destroy();
    throw error;
  }
}

/** Sees that what comes continues what came. */
async function prepare(response: HttpResponse, { descriptor, target }: BlobQuestion): Promise<void> {
  const { status, headers, url } = response;
  if (status === 206) return checkRange(response, target.offset, descriptor.size);
  if (target.offset > 0) await target.restart();
  if (status === 416) {
    throw new Failure('unavailable', `${url.host} does not resume a blob`, { isTransient: true });
  }
  const length = headers['content-length'];
  if (length !== undefined && Number(length) !== descriptor.size) {
    throw new Failure('invalid', `${url.host} has ${length} bytes for ${nameOf(descriptor)}`);
  }
}

function checkRange({ headers, url }: HttpResponse, offset: number, size: number): void {
  const range = parseContentRange(headers['content-range']);
  const isRight = range?.first === offset && range.last < size && (range.total ?? size) === size;
  if (isRight) return;
  const shown = JSON.stringify(String(headers['content-range']).slice(0, 100));
  throw new Failure('invalid', `${url.host} sends ${shown} when asked for bytes from ${offset} of ${size}`);
}

async function receive(response: HttpResponse, question: BlobQuestion): Promise<void> {
  const { descriptor, target, limits, signal } = question;
  for await (const chunk of readBody(response, { patience: limits, signal })) await target.write(chunk);
  if (target.offset === descriptor.size) return;
  const why = `${response.url.host} ends ${nameOf(descriptor)} after ${target.offset}`;
  // A server may send less than a range that was asked for, but not less than all without a word.
  if (response.status === 206) throw new Failure('unavailable', why, { isTransient: true });
  throw new Failure('invalid', why);
}

function nameOf({ digest, size }: Descriptor): string {
  return `blob ${digest} of ${size} bytes`;
}
