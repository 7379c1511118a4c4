import { checkPlan, type Launcher } from './check.js';
import { encodePlan } from './encode.js';
import { assignSlots } from './slots.js';
import { hole, PlanTemplate } from './template.js';
import type { LaunchPlan } from './types.js';

/** A checked plan as launchers take it. */
export interface EncodedPlan {
  readonly wire: Buffer;
  /** Names of the descriptors it needs, in order. */
  readonly inputs: readonly string[];
  /** The plan itself, for errors and explanations. */
  plan(): LaunchPlan;
  /** Where in the plan each descriptor is found, by name. */
  readonly slots: ReadonlyMap<string, number>;
}

/** Checks a plan and encodes it. Throws PEAPOD_PLAN_INVALID. */
export function encodeChecked(plan: LaunchPlan, launcher: Launcher): EncodedPlan {
  checkPlan(plan, launcher);
  return {
    wire: encodePlan(plan),
    inputs: plan.inputs,
    plan: () => plan,
    slots: assignSlots(plan),
  };
}

/** Texts of a plan by name, of which a cached one knows nothing but the names. */
export type PlanTexts = { readonly [name: string]: string };

interface Entry {
  readonly template: PlanTemplate;
  readonly inputs: readonly string[];
  readonly slots: ReadonlyMap<string, number>;
}

export interface PlanRequest<Texts extends PlanTexts> {
  /** Everything the plan depends on but its texts. */
  readonly key: string;
  readonly texts: Texts;
  /** Pure: called with other texts as well. */
  build(texts: Texts): LaunchPlan;
}

/**
 * Plans that were launched, for the next of the same shape: a replica, a restart, or what is the same but for its paths.
 * Building, checking and encoding one takes a third of a millisecond, which somebody waits for.
 */
export class PlanCache {
  readonly #launcher: Launcher;
  readonly #capacity: number;
  /** The one used longest ago first. */
  readonly #entries = new Map<string, Entry>();

  constructor(launcher: Launcher, capacity: number) {
    this.#launcher = launcher;
    this.#capacity = capacity;
  }

  /** Throws PEAPOD_PLAN_INVALID, or what `build` throws. */
  encode<Texts extends PlanTexts>({ key, texts, build }: PlanRequest<Texts>): EncodedPlan {
    const { template, inputs, slots } =
      this.#take(key) ?? this.#add(key, build(holesFor(texts)), Object.keys(texts));
    return { wire: template.fill(Object.values(texts)), inputs, plan: () => build(texts), slots };
  }

  #take(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  #add(key: string, plan: LaunchPlan, names: readonly string[]): Entry {
    checkPlan(plan, this.#launcher);
    const entry = { template: new PlanTemplate(plan, names), inputs: plan.inputs, slots: assignSlots(plan) };
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= this.#capacity && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, entry);
    return entry;
  }
}

function holesFor<Texts extends PlanTexts>(texts: Texts): Texts {
  return Object.fromEntries(Object.keys(texts).map((name) => [name, hole(name)])) as Texts;
}
