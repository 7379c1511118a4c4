import type { Entry } from '../entry.js';
import type { Limits } from '../limits.js';
import { ByteSource, type TarSource } from './byte-source.js';
import { describeEntry } from './describe-entry.js';
import { blockSize, type Header, isZeroBlock, parseHeader } from './header.js';
import { invalidArchive } from './invalid.js';
import { inRange } from './numbers.js';
import { mergePax, type PaxRecords, parsePax } from './pax.js';

/** What extension headers said about the entry that follows them. */
export interface Extensions {
  readonly pax: PaxRecords;
  /** GNU's `L` and `K` headers, as binary strings. */
  readonly longName: string | undefined;
  readonly longLink: string | undefined;
}

/**
 * Reads a tar archive: the old, ustar, pax and GNU formats. Every byte of `chunks` is read, what follows the end of
 * the archive included. Throws PEAPOD_IMAGE_INVALID for what is malformed, not known or beyond a limit.
 * A body that was not read is skipped.
 */
export async function* readTar(chunks: AsyncIterable<Buffer>, limits: Limits): AsyncGenerator<Entry> {
  const source = new ByteSource(chunks);
  const reader = new TarReader(source, limits);
  try {
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) yield entry;
  } finally {
    await source.close();
  }
}

/** Reads an archive entry by entry; what `readTar` says holds for it, too. */
export class TarReader {
  readonly #source: TarSource;
  readonly #limits: Limits;
  #globalPax: PaxRecords = new Map();
  #headers = 0;
  /** Of the entry last given out: what was not yet read of its body, and the padding after it. */
  #bodyLeft = 0;
  #padding = 0;

  constructor(source: TarSource, limits: Limits) {
    this.#source = source;
    this.#limits = limits;
  }

  /** The next entry; undefined at the end. */
  async next(): Promise<Entry | undefined> {
    await this.#finishBody();
    let extensions: Extensions = { pax: new Map(), longName: undefined, longLink: undefined };
    for (let header = await this.#readHeader(); header !== undefined; header = await this.#readHeader()) {
      if (!isExtension(header.typeFlag)) return this.#openEntry(header, extensions);
      extensions = await this.#readExtension(header, extensions);
    }
    return undefined;
  }

  #openEntry(header: Header, extensions: Extensions): Entry {
    const pax = mergePax(this.#globalPax, extensions.pax);
    const fields = describeEntry(header, { ...extensions, pax }, this.#limits);
    this.#bodyLeft = fields.size;
    this.#padding = paddingAfter(fields.size);
    return { ...fields, body: this.#readBody() };
  }

  async *#readBody(): AsyncGenerator<Buffer> {
    for await (const piece of this.#source.stream(this.#bodyLeft)) {
      this.#bodyLeft -= piece.length;
      yield piece;
    }
  }

  async #finishBody(): Promise<void> {
    await this.#source.skip(this.#bodyLeft);
    this.#bodyLeft = 0;
    await this.#skipPadding(this.#padding);
    this.#padding = 0;
  }

  /** Undefined at the end. Some programs write no end mark; an archive of nothing at all is none. */
  async #readHeader(): Promise<Header | undefined> {
    const block = await this.#source.take(blockSize);
    if (block === undefined && this.#headers === 0) throw invalidArchive('it is empty');
    if (block === undefined) return undefined;
    if (isZeroBlock(block)) {
      await this.#source.drain();
      return undefined;
    }
    if (++this.#headers > this.#limits.entries) {
      throw invalidArchive(`it has more than ${this.#limits.entries} entries`);
    }
    return parseHeader(block);
  }

  async #readExtension(header: Header, extensions: Extensions): Promise<Extensions> {
    const isPax = header.typeFlag === 'x' || header.typeFlag === 'g';
    const maxBytes = isPax ? this.#limits.paxBytes : this.#limits.nameBytes + 1;
    const size = inRange(header.size, maxBytes, `length of an extension header (at most ${maxBytes})`);
    // A copy: what is cut from it lives on, and must not keep a large chunk of the stream alive.
    const data = Buffer.from((await this.#source.take(size)) ?? invalidEnd());
    await this.#skipPadding(paddingAfter(size));
    if (header.typeFlag === 'L') return { ...extensions, longName: readLongName(data) };
    if (header.typeFlag === 'K') return { ...extensions, longLink: readLongName(data) };
    if (header.typeFlag === 'x') return { ...extensions, pax: mergeAll(extensions.pax, data) };
    this.#globalPax = mergePax(this.#globalPax, parsePax(data));
    return extensions;
  }

  async #skipPadding(size: number): Promise<void> {
    if (size > 0 && (await this.#source.take(size)) === undefined) invalidEnd();
  }
}

function mergeAll(pax: PaxRecords, data: Buffer): PaxRecords {
  return new Map([...pax, ...parsePax(data)]);
}

/** GNU ends the name with a NUL, and counts it. */
function readLongName(data: Buffer): string {
  const text = data.toString('latin1');
  return text.endsWith('\0') ? text.slice(0, -1) : text;
}

function isExtension(typeFlag: string): boolean {
  return ['x', 'g', 'L', 'K'].includes(typeFlag);
}

function paddingAfter(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function invalidEnd(): never {
  throw invalidArchive('it ends in the middle of an entry');
}
