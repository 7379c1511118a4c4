import { PeapodError } from '../../errors.js';
import { type Step, stepSchema } from './schema.js';
import { assignSlots, fieldValue, planSteps, type StepField, stepFields } from './slots.js';
import type { LaunchPlan } from './types.js';

/** The numbers of native/core/plan.h, sizes in 32-bit words: all but the strings is made of them. */
const MAGIC = 0x50414550;
const VERSION = 1;
const NO_SLOT = 0xffffffff;
const HEADER_WORDS = 16;
const STEP_WORDS = 14;
const WORD_BYTES = 4;
const WORD_RANGE = 2 ** 32;
/** Words of the header. */
const SIZE_WORD = 2;
const TEXT_BYTES_WORD = 13;

/** Throws PEAPOD_PLAN_INVALID for a text that would end early. */
export function checkText(text: string): void {
  if (text.includes('\0')) {
    throw new PeapodError(
      'PEAPOD_PLAN_INVALID',
      `A string of a launch plan holds a NUL byte: ${JSON.stringify(text)}`,
    );
  }
}

/** Words that are the offset of a text, with that text's number. */
type TextUse = readonly [word: number, text: number];

/** Collects the parts of the wire form that steps point into. */
class Tables {
  readonly words: number[] = [];
  readonly texts: string[] = [];
  readonly uses: TextUse[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #firstWord: number;

  /** `firstWord` is where the lists begin. */
  constructor(firstWord: number) {
    this.#firstWord = firstWord;
  }

  /** Lets a word be the offset of a NUL-terminated copy of `text`; equal texts share one. */
  useText(word: number, text: string): void {
    this.uses.push([word, this.numberOf(text)]);
  }

  /** Word index of a list of texts. */
  listTexts(texts: readonly string[]): number {
    const index = this.list(texts.map(() => 0));
    for (const [at, text] of texts.entries()) this.useText(this.#firstWord + index + 1 + at, text);
    return index;
  }

  /** Word index of a list of 32-bit items. */
  list(items: readonly number[]): number {
    const index = this.words.length;
    this.words.push(items.length);
    // One by one: as arguments of a call they would have to fit on the stack.
    for (const item of items) this.words.push(item);
    return index;
  }

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    checkText(text);
    this.#numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

interface Encoding {
  readonly slots: Map<string, number>;
  readonly tables: Tables;
}

/** The argument that is to be at `word`. */
function encodeField(
  kind: StepField['kind'],
  value: unknown,
  { slots, tables, word }: Encoding & { word: number },
): number {
  switch (kind) {
    case 'u64':
      return value as number;
    case 'string':
      tables.useText(word, value as string);
      return 0;
    case 'strings':
      return tables.listTexts(value as readonly string[]);
    case 'ids':
      return tables.list(value as readonly number[]);
    case 'words':
      return tables.list(wordsOf(value as Uint8Array));
    case 'fd':
    case 'out':
      return slots.get(value as string) as number;
  }
}

/** A message as 32-bit words. Throws PEAPOD_PLAN_INVALID when its size is no multiple of four. */
function wordsOf(message: Uint8Array): number[] {
  if (message.byteLength % WORD_BYTES !== 0) {
    throw new PeapodError(
      'PEAPOD_PLAN_INVALID',
      `A message of a launch plan has ${message.byteLength} bytes, which is no multiple of ${WORD_BYTES}`,
    );
  }
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return Array.from({ length: message.byteLength / WORD_BYTES }, (_, index) =>
    view.getUint32(index * WORD_BYTES, true),
  );
}

/** The 64 bits of a number as two words. Throws PEAPOD_PLAN_INVALID for one that a plan cannot hold. */
function writeNumber(words: Uint32Array, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new PeapodError(
      'PEAPOD_PLAN_INVALID',
      `A launch plan holds whole numbers up to 2^53 - 1, not ${value}`,
    );
  }
  words[at] = value % WORD_RANGE;
  words[at + 1] = Math.floor(value / WORD_RANGE);
}

function encodeSteps(words: Uint32Array, steps: readonly Step[], encoding: Encoding): void {
  for (const [index, step] of steps.entries()) {
    const at = HEADER_WORDS + index * STEP_WORDS;
    words[at] = stepSchema[step.op].opcode;
    for (const [number, field] of stepFields(step.op).entries()) {
      const word = at + 2 + number * 2;
      writeNumber(words, word, encodeField(field.kind, fieldValue(step, field), { ...encoding, word }));
    }
  }
}

/** All but the sizes. */
function encodeHeader(words: Uint32Array, plan: LaunchPlan, { slots, tables }: Encoding): void {
  const { flags, secondFlags, cgroup } = plan.clone;
  words.set([MAGIC, VERSION, 0, cgroup === null ? NO_SLOT : (slots.get(cgroup) as number)]);
  writeNumber(words, 4, flags);
  writeNumber(words, 6, secondFlags);
  const counts = [plan.inputs.length, slots.size, plan.join.length, plan.child.length];
  words.set([...counts, tables.words.length, 0, plan.before?.length ?? 0], 8);
}

/** The wire form of a plan before its texts are put to it. */
export interface EncodedParts {
  /** Header, steps and lists. */
  readonly words: Uint32Array;
  readonly texts: readonly string[];
  readonly uses: readonly TextUse[];
}

/**
 * A plan in parts, whose texts can still be exchanged. It must have passed `checkPlan`; a name that is not provided, a NUL
 * in a string or a number beyond 2^53 is PEAPOD_PLAN_INVALID here as well.
 */
export function encodeParts(plan: LaunchPlan): EncodedParts {
  const steps = planSteps(plan);
  const listsAt = HEADER_WORDS + steps.length * STEP_WORDS;
  const tables = new Tables(listsAt);
  const encoding = { slots: assignSlots(plan), tables };
  const head = new Uint32Array(listsAt);
  encodeSteps(head, steps, encoding);
  encodeHeader(head, plan, encoding);
  // There is always one.
  tables.numberOf('');
  const words = new Uint32Array(listsAt + tables.words.length);
  words.set(head);
  words.set(tables.words, listsAt);
  return { words, texts: tables.texts, uses: tables.uses };
}

/** Texts as they follow one another, each ended by a NUL. */
export function joinTexts(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `${texts.join('\0')}\0`;
}

/** Where each text begins when the first begins at `first`, and last where they end. */
export function layOut(texts: readonly string[], joined: string, first = 0): number[] {
  // Measuring one by one takes longer than all the rest.
  const isAscii = Buffer.byteLength(joined) === joined.length;
  const offsets = [first];
  let next = first;
  for (const text of texts) {
    next += (isAscii ? text.length : Buffer.byteLength(text)) + 1;
    offsets.push(next);
  }
  return offsets;
}

/** Puts the offsets of texts, by number, where they are used. */
export function writeOffsets(words: Uint32Array, uses: readonly TextUse[], offsets: readonly number[]): void {
  for (const [word, text] of uses) words[word] = offsets[text] as number;
}

/** Puts the sizes of a wire form of `wordCount` words and so many bytes of texts into its header. */
export function writeSizes(words: Uint32Array, wordCount: number, textBytes: number): void {
  words[SIZE_WORD] = wordCount * WORD_BYTES + textBytes;
  words[TEXT_BYTES_WORD] = textBytes;
}

/**
 * The wire form of a plan, as native/core/plan.h describes it: in the byte order of the machine, which is the
 * kernel's. Throws as `encodeParts` does.
 */
export function encodePlan(plan: LaunchPlan): Buffer {
  const { words, texts, uses } = encodeParts(plan);
  const joined = joinTexts(texts);
  const offsets = layOut(texts, joined);
  writeOffsets(words, uses, offsets);
  writeSizes(words, words.length, offsets.at(-1) as number);
  return Buffer.concat([Buffer.from(words.buffer), Buffer.from(joined)]);
}
