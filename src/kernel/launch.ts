import { PeapodError } from '../errors.js';
import { debug } from '../log.js';
import { binding } from '../native/binding.js';
import { errnoName } from './errno.js';
import { describeStep } from './plan/describe.js';
import type { EncodedPlan } from './plan/encoded.js';
import { explainFailure } from './plan/explain-failure.js';
import { planSteps } from './plan/slots.js';
import type { LaunchPlan, StepFailure } from './plan/types.js';

const log = debug('launch');

/** Kinds of the 16-byte records a launch reports, as native/core/plan.h numbers them. */
const RECORD_BYTES = 16;
const RECORD_FAILED = 2;

/** A launched process: its pid for people, its pidfd for everything else. The pidfd is the caller's to close. */
export interface Launched {
  readonly pid: number;
  readonly pidfd: number;
  /** Clock ticks since the machine booted: with its pid, what no other process of this boot has. */
  readonly startTime: number;
}

/** The failure among a launch's records, if there is one. */
function findFailure(records: Buffer): StepFailure | undefined {
  for (let at = 0; at + RECORD_BYTES <= records.length; at += RECORD_BYTES) {
    if (records.readUInt16LE(at) === RECORD_FAILED) {
      return { step: records.readUInt16LE(at + 2), errno: records.readInt32LE(at + 4) };
    }
  }
  return undefined;
}

/** A failed step as an error: what could not be done, for which process, which step, and the usual way out. */
export function launchError(plan: LaunchPlan, failure: StepFailure): PeapodError {
  const steps = planSteps(plan);
  const step = steps[failure.step];
  const code = errnoName(failure.errno);
  const action = step === undefined ? 'enter its PID namespace' : describeStep(step);
  return new PeapodError(
    'PEAPOD_LAUNCH_FAILED',
    `Cannot ${action} in ${plan.name} (step ${failure.step + 1} of ${steps.length}): ${code}`,
    {
      hint: step === undefined ? undefined : explainFailure(step.op, code),
      details: { plan: plan.name, step: failure.step, op: step?.op, errno: failure.errno, code },
    },
  );
}

/**
 * The plan's inputs as numbers, in its order, but for those that are `others'` to give. Throws PEAPOD_PLAN_INVALID for
 * one that is missing.
 */
export function bindInputs(
  plan: Pick<EncodedPlan, 'inputs' | 'plan'>,
  fds: Readonly<Record<string, number>>,
  others: readonly string[] = [],
): number[] {
  const own = plan.inputs.filter((name) => !others.includes(name));
  return own.map((name) => {
    const fd = fds[name];
    if (fd === undefined) {
      throw new PeapodError(
        'PEAPOD_PLAN_INVALID',
        `The plan for ${plan.plan().name} needs a descriptor for "${name}"`,
      );
    }
    return fd;
  });
}

/**
 * Starts a process of our own, pause or a monitor, straight from the engine (CLONE_VM | CLONE_VFORK), off the event
 * loop, with the plan's `before` steps on the same thread. Resolves once it has reached execve. Throws
 * PEAPOD_LAUNCH_FAILED for a step that failed, with no process left behind, and a system error when clone3 itself
 * failed. Containers are never started this way: see `checkPlan`.
 */
export async function launch(encoded: EncodedPlan, fds: Readonly<Record<string, number>>): Promise<Launched> {
  const startMs = performance.now();
  const inputs = bindInputs(encoded, fds);
  const { records, ...launched } = await binding().launch(encoded.wire, inputs, { trace: false });
  if (log.enabled) logLaunch(encoded.plan(), startMs);
  const failure = findFailure(records);
  if (failure !== undefined) throw launchError(encoded.plan(), failure);
  if (launched.pidfd < 0) throw killedError(encoded.plan());
  return launched;
}

function killedError({ name }: LaunchPlan): PeapodError {
  return new PeapodError('PEAPOD_LAUNCH_FAILED', `Cannot start ${name}: it was killed before execve`, {
    hint: 'Somebody, or the OOM killer, ended it',
    details: { plan: name },
  });
}

function logLaunch(plan: LaunchPlan, startMs: number): void {
  const elapsedUs = Math.round((performance.now() - startMs) * 1000);
  log('%s: %d steps in %d µs', plan.name, planSteps(plan).length, elapsedUs);
}
