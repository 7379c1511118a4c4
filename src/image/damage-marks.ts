import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, digestHex, isDigest } from './digest.js';

/** What a check found damaged, remembered as empty files so that a later engine knows, too. */
export class DamageMarks {
  readonly #directory: string;
  readonly #marked: Set<Digest>;

  /** Reads the marks of a directory, which is made if it is missing. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#directory = directory;
    this.#marked = new Set(readdirSync(directory).map((hex) => `sha256:${hex}` as Digest));
    for (const digest of this.#marked) if (!isDigest(digest)) this.#marked.delete(digest);
  }

  get isEmpty(): boolean {
    return this.#marked.size === 0;
  }

  has(digest: Digest): boolean {
    return this.#marked.has(digest);
  }

  set(digest: Digest): void {
    this.#marked.add(digest);
    writeFileSync(this.#path(digest), '', { mode: 0o600 });
  }

  /** To be called when the content was made anew, or is gone. */
  clear(digest: Digest): void {
    if (this.#marked.delete(digest)) rmSync(this.#path(digest), { force: true });
  }

  #path(digest: Digest): string {
    return join(this.#directory, digestHex(digest));
  }
}
