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

/** Collects the parts of the wire form that steps point into. */
class Tables {
  readonly words: number[] = [];
  readonly #texts: string[] = [];
  readonly #offsets = new Map<string, number>();
  stringBytes = 0;

  /** Offset of a NUL-terminated copy of `text`; equal texts share one. */
  string(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) {
      return known;
    }
    if (text.includes('\0')) {
      throw new PeapodError(
        'PEAPOD_PLAN_INVALID',
        `A string of a launch plan holds a NUL byte: ${JSON.stringify(text)}`,
      );
    }
    const offset = this.stringBytes;
    this.#offsets.set(text, offset);
    this.#texts.push(text);
    this.stringBytes += Buffer.byteLength(text) + 1;
    return offset;
  }

  /** Word index of a list of 32-bit items. */
  list(items: readonly number[]): number {
    const index = this.words.length;
    this.words.push(items.length);
    // One by one: as arguments of a call they would have to fit on the stack.
    for (const item of items) this.words.push(item);
    return index;
  }

  strings(): string {
    return `${this.#texts.join('\0')}\0`;
  }
}

interface Encoding {
  readonly slots: Map<string, number>;
  readonly tables: Tables;
}

function encodeField(kind: StepField['kind'], value: unknown, { slots, tables }: Encoding): number {
  switch (kind) {
    case 'u64':
      return value as number;
    case 'string':
      return tables.string(value as string);
    case 'strings':
      return tables.list((value as readonly string[]).map((text) => tables.string(text)));
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

function encodeSteps(steps: readonly Step[], encoding: Encoding): Uint32Array {
  const words = new Uint32Array(steps.length * STEP_WORDS);
  let at = 0;
  for (const step of steps) {
    words[at] = stepSchema[step.op].opcode;
    let argument = at + 2;
    for (const field of stepFields(step.op)) {
      writeNumber(words, argument, encodeField(field.kind, fieldValue(step, field), encoding));
      argument += 2;
    }
    at += STEP_WORDS;
  }
  return words;
}

function encodeHeader(plan: LaunchPlan, { slots, tables }: Encoding, size: number): Uint32Array {
  const { flags, secondFlags, cgroup } = plan.clone;
  const words = new Uint32Array(HEADER_WORDS);
  words.set([MAGIC, VERSION, size, cgroup === null ? NO_SLOT : (slots.get(cgroup) as number)]);
  writeNumber(words, 4, flags);
  writeNumber(words, 6, secondFlags);
  const counts = [plan.inputs.length, slots.size, plan.join.length, plan.child.length];
  words.set([...counts, tables.words.length, tables.stringBytes, plan.before?.length ?? 0], 8);
  return words;
}

/**
 * The wire form of a plan, as native/core/plan.h describes it: in the byte order of the machine, which is the
 * kernel's. The plan must have passed `checkPlan`; a name that is not provided, a NUL in a string or a number beyond
 * 2^53 is PEAPOD_PLAN_INVALID here as well.
 */
export function encodePlan(plan: LaunchPlan): Buffer {
  const encoding = { slots: assignSlots(plan), tables: new Tables() };
  const { tables } = encoding;
  const steps = encodeSteps(planSteps(plan), encoding);
  tables.string('');
  const listsAt = HEADER_WORDS + steps.length;
  const stringsAt = (listsAt + tables.words.length) * WORD_BYTES;
  const wire = Buffer.alloc(stringsAt + tables.stringBytes);
  const words = new Uint32Array(wire.buffer, wire.byteOffset, stringsAt / WORD_BYTES);
  words.set(encodeHeader(plan, encoding, wire.length));
  words.set(steps, HEADER_WORDS);
  words.set(tables.words, listsAt);
  wire.write(tables.strings(), stringsAt);
  return wire;
}
