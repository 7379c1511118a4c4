import { isObject } from '../document.js';
import { readWhole } from './body.js';
import { Failure } from './failure.js';
import type { HttpResponse } from './http-client.js';
import type { FetchLimits } from './limits.js';
import { readRetryAfter } from './retry-after.js';

export interface RefusalContext {
  /** Whether the question was asked with credentials. */
  readonly hasCredential: boolean;
  /** What was asked for. */
  readonly what: 'image' | 'blob' | 'token';
  readonly patience: FetchLimits;
  readonly signal?: AbortSignal | undefined;
}

const maxErrorBytes = 16 * 1024;
const maxWords = 200;

/** The failure that an answer other than the one wanted is, with the server's own words; takes the answer's body. */
export async function refusal(response: HttpResponse, context: RefusalContext): Promise<Failure> {
  const words = await readWords(response, context);
  const { status, headers, url } = response;
  const said = words === '' ? '' : `: ${words}`;
  if (status === 401 || status === 403) {
    return context.hasCredential
      ? new Failure('denied', `${url.host} refuses the credentials there are for it${said}`)
      : new Failure('missing', `${url.host} has no such image, or wants credentials for it${said}`);
  }
  if (status === 404) {
    const kind = context.what === 'image' ? 'missing' : 'invalid';
    return new Failure(kind, `${url.host} has no such ${context.what}${said}`);
  }
  if (status === 429 || status === 408 || status >= 500) {
    const retryAfterMs = readRetryAfter(headers['retry-after'], Date.now());
    const hint = status === 429 ? 'Wait, or log in: registries let known users fetch more' : undefined;
    const options = { isTransient: true, retryAfterMs, hint };
    return new Failure('unavailable', `${url.host} answers with ${status}${said}`, options);
  }
  return new Failure('invalid', `${url.host} answers with ${status}${said}`);
}

/** What the registry says of it (distribution specification, "Error codes"), as one line that is safe to show. */
async function readWords(response: HttpResponse, { patience, signal }: RefusalContext): Promise<string> {
  try {
    const bytes = await readWhole(response, { maxBytes: maxErrorBytes, patience, signal });
    const answer: unknown = JSON.parse(bytes.toString('utf8'));
    const [first] = isObject(answer) && Array.isArray(answer.errors) ? answer.errors : [];
    return isObject(first) && typeof first.message === 'string' ? clean(first.message) : '';
  } catch {
    signal?.throwIfAborted();
    return '';
  }
}

function clean(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, maxWords);
}
