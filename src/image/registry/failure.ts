/**
 * What went wrong with one server:
 * `missing` (it has no such image), `denied` (it wants other credentials), `unavailable` (no answer, or one that may be
 * another later), `invalid` (what came is not to be used).
 */
export type FailureKind = 'missing' | 'denied' | 'unavailable' | 'invalid';

export interface FailureOptions {
  /** Worth another attempt in a moment. */
  readonly isTransient?: boolean;
  /** Nobody is there: worth another attempt only of who has heard of it a moment ago. */
  readonly isUnreachable?: boolean;
  /** When the server asked to be left alone for a time. */
  readonly retryAfterMs?: number | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** A failure that does not know yet for which image, nor whether another server will do. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  readonly isTransient: boolean;
  readonly isUnreachable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly hint: string | undefined;

  /** `why` is a clause whose subject is told: `127.0.0.1:5000 has no such image`. */
  constructor(kind: FailureKind, why: string, options: FailureOptions = {}) {
    super(why, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.isTransient = options.isTransient ?? false;
    this.isUnreachable = options.isUnreachable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.hint = options.hint;
  }
}
