import { randomUUID } from 'node:crypto';
import { checkText, encodeParts, joinTexts, layOut, writeOffsets, writeSizes } from './encode.js';
import type { LaunchPlan } from './types.js';

/** Of this process alone, so that no text of a manifest can be taken for a hole. */
const mark = `\u0001${randomUUID()}`;
const end = '\u0001';
const holes = new RegExp(`${mark}([^${end}]*)${end}`);

/** Stands in a template's plan for a text that is known later, alone or within a longer one. */
export function hole(name: string): string {
  return `${mark}${name}${end}`;
}

/** A text that is put together of what is known and what is filled in, in turn. */
interface LateText {
  readonly known: readonly string[];
  readonly filledIn: readonly number[];
}

/**
 * A plan encoded once for many launches that differ in a few texts: encoding a plan costs a third of a millisecond,
 * filling in a copy a hundredth of that. What is filled in is text and nothing else, so one check is good for all.
 *
 * Texts that are filled in come last on the wire: all before them is copied, and only where they are used is written.
 */
export class PlanTemplate {
  /** Words, and texts that are known. */
  readonly #known: Buffer;
  readonly #wordCount: number;
  readonly #late: readonly LateText[];
  /** Words in which a late text's offset stands, and that text's number, in turn: a pair each would be unpacked in each fill. */
  readonly #uses: readonly number[];

  /** `plan` must have passed `checkPlan`. */
  constructor(plan: LaunchPlan, names: readonly string[]) {
    const { words, texts, uses } = encodeParts(plan);
    const isLate = (text: string | undefined) => text !== undefined && holes.test(text);
    const known = texts.filter((text) => !isLate(text));
    const late = texts.filter(isLate);
    const joined = joinTexts(known);
    const offsets = new Map(layOut(known, joined).map((offset, index) => [known[index] ?? joined, offset]));
    const early = uses.filter(([, text]) => !isLate(texts[text]));
    writeOffsets(
      words,
      early,
      texts.map((text) => offsets.get(text) ?? 0),
    );
    this.#known = Buffer.concat([Buffer.from(words.buffer), Buffer.from(joined)]);
    this.#wordCount = words.length;
    this.#late = late.map((text) => takeApart(text, names));
    this.#uses = uses
      .filter(([, text]) => isLate(texts[text]))
      .flatMap(([word, text]) => [word, late.indexOf(texts[text] as string)]);
  }

  /** The wire form with `texts` in the holes, in the order of their names. Throws PEAPOD_PLAN_INVALID for a NUL in one. */
  fill(texts: readonly string[]): Buffer {
    // All at once: each text on its own costs a call.
    if (texts.join(' ').includes('\0')) texts.forEach(checkText);
    const known = this.#known;
    const late = this.#late.map((text) => putTogether(text, texts));
    const knownBytes = known.length - this.#wordCount * Uint32Array.BYTES_PER_ELEMENT;
    const joined = joinTexts(late);
    const offsets = layOut(late, joined, knownBytes);
    const textBytes = offsets[late.length] as number;
    const wire = Buffer.allocUnsafe(known.length + textBytes - knownBytes);
    wire.set(known);
    wire.write(joined, known.length);
    this.#finish(new Uint32Array(wire.buffer, wire.byteOffset, this.#wordCount), offsets);
    return wire;
  }

  #finish(words: Uint32Array, offsets: readonly number[]): void {
    const uses = this.#uses;
    for (let at = 0; at < uses.length; at += 2) {
      words[uses[at] as number] = offsets[uses[at + 1] as number] as number;
    }
    writeSizes(words, this.#wordCount, offsets[offsets.length - 1] as number);
  }
}

function takeApart(text: string, names: readonly string[]): LateText {
  // A pattern with a group splits into what is between its matches, and their groups.
  const parts = text.split(holes);
  return {
    known: parts.filter((_, index) => index % 2 === 0),
    filledIn: parts.filter((_, index) => index % 2 === 1).map((name) => names.indexOf(name)),
  };
}

function putTogether({ known, filledIn }: LateText, texts: readonly string[]): string {
  let text = known[0] as string;
  for (let index = 0; index < filledIn.length; index++) {
    text += (texts[filledIn[index] as number] as string) + (known[index + 1] as string);
  }
  return text;
}
