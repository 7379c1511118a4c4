const wordBits = 32;

/**
 * A set of numbers from 0 that finds the first one missing quickly: 32 of them in a word, and only words that hold
 * something. A range of 65,536 addresses with one left is searched in 2,048 steps at worst, and one of 2^32 takes no
 * more memory than its members.
 */
export class IndexSet {
  readonly #words = new Map<number, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(index: number): boolean {
    return (this.#word(index) & bitOf(index)) !== 0;
  }

  /** False if it was there. */
  add(index: number): boolean {
    if (this.has(index)) return false;
    this.#words.set(wordOf(index), this.#word(index) | bitOf(index));
    this.#size++;
    return true;
  }

  /** False if it was not there. */
  delete(index: number): boolean {
    if (!this.has(index)) return false;
    const rest = this.#word(index) & ~bitOf(index);
    if (rest === 0) this.#words.delete(wordOf(index));
    else this.#words.set(wordOf(index), rest);
    this.#size--;
    return true;
  }

  /** The first number from `from` to below `end` that is not in the set. */
  firstMissing(from: number, end: number): number | undefined {
    // What lies before `from` in its word counts as there.
    let below = bitOf(from) - 1;
    for (let word = wordOf(from); word * wordBits < end; word++) {
      const missing = ~((this.#words.get(word) ?? 0) | below);
      below = 0;
      if (missing === 0) continue;
      const index = word * wordBits + lowestBit(missing);
      return index < end ? index : undefined;
    }
    return undefined;
  }

  #word(index: number): number {
    return this.#words.get(wordOf(index)) ?? 0;
  }
}

/** Not by shifting: an index may have more than 31 bits. */
function wordOf(index: number): number {
  return Math.floor(index / wordBits);
}

function bitOf(index: number): number {
  return 1 << (index % wordBits);
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
