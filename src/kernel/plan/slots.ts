import { PeapodError } from '../../errors.js';
import { type FieldKind, type Step, type StepOp, stepSchema } from './schema.js';
import type { LaunchPlan } from './types.js';

/** One field of a step: its name and its kind. */
export interface StepField {
  readonly name: string;
  readonly kind: FieldKind;
}

/** Made once: a start walks some ninety steps three times, and is waited for. */
const fieldTable = new Map<string, readonly StepField[]>(
  Object.entries(stepSchema).map(([op, { fields }]) => [
    op,
    Object.entries(fields).map(([name, kind]) => ({ name, kind })),
  ]),
);

/** The fields of a kind of step, in wire order. */
export function stepFields(op: StepOp): readonly StepField[] {
  return fieldTable.get(op) ?? [];
}

/** What a step has in one of its fields. */
export function fieldValue(step: Step, field: StepField): unknown {
  return (step as unknown as Record<string, unknown>)[field.name];
}

/** Names of the descriptors a step uses or opens. */
export function descriptorsOf(step: Step): readonly string[] {
  const fields = stepFields(step.op).filter(({ kind }) => kind === 'fd' || kind === 'out');
  return fields.map((field) => fieldValue(step, field) as string);
}

/** All steps in the order they run. Step numbers count over this list, from 0. */
export function planSteps(plan: LaunchPlan): readonly Step[] {
  return [...(plan.before ?? []), ...plan.join, ...plan.child];
}

/**
 * Gives every descriptor of a plan its slot: the inputs first, in order, then each `out` where it first appears.
 * Throws PEAPOD_PLAN_INVALID when a step uses a name before it exists.
 */
export function assignSlots(plan: LaunchPlan): Map<string, number> {
  const slots = new Map(plan.inputs.map((name, index) => [name, index]));
  for (const [index, step] of planSteps(plan).entries()) {
    for (const field of stepFields(step.op)) {
      const value = fieldValue(step, field);
      if (field.kind === 'out') {
        if (!slots.has(value as string)) slots.set(value as string, slots.size);
        continue;
      }
      if (field.kind === 'fd' && !slots.has(value as string)) {
        throw new PeapodError(
          'PEAPOD_PLAN_INVALID',
          `Step ${index} (${step.op}) of the plan for ${plan.name} uses "${value}", which no input or earlier step provides`,
        );
      }
    }
  }
  return slots;
}
