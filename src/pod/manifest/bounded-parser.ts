import { type CST, Parser } from 'yaml';
import { limits } from './limits.js';

export const tooMany = 'the manifest has too many values';
export const tooDeep = `nested deeper than ${limits.depth} levels`;

/** Stops the work at once; what was found before it is still reported. */
export class Unreadable extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Stops before the composer, which is recursive, meets what is too deep, and bounds the work on what is too wide. */
export class BoundedParser extends Parser {
  #lexemes = 0;
  /** Errors, and directives: each makes the composer build an error or a table of tags. */
  #suspect = 0;

  override *next(source: string): Generator<CST.Token, void> {
    this.#lexemes += 1;
    if (this.#lexemes > limits.lexemes) throw new Unreadable(tooMany, this.offset);
    for (const token of super.next(source)) {
      if (token.type === 'error' || token.type === 'directive') this.#suspect += 1;
      if (this.#suspect > limits.suspectTokens)
        throw new Unreadable('too much of this is not YAML', token.offset);
      yield token;
    }
    if (this.stack.length > limits.depth * 2) throw new Unreadable(tooDeep, this.offset);
  }
}
