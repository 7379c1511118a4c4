import { PeapodError } from '../errors.js';
import { errnoName } from '../kernel/errno.js';
import { launchError } from '../kernel/launch.js';
import type { LaunchPlan } from '../kernel/plan/types.js';
import type { FailedPhase } from './protocol.js';

interface Failure {
  readonly errno: number;
  readonly step: number;
  readonly phase: FailedPhase;
}

const ESRCH = 3;

const explain: Readonly<Record<FailedPhase, (plan: LaunchPlan, failure: Failure) => PeapodError>> = {
  step: launchError,
  prepare: launchError,
  gated: launchError,
  clone: (plan, { errno }) =>
    new PeapodError('PEAPOD_LAUNCH_FAILED', `Cannot start ${plan.name}: ${errnoName(errno)} from clone3`, {
      details: { plan: plan.name, errno, code: errnoName(errno) },
    }),
  deadline: (plan) =>
    new PeapodError('PEAPOD_LAUNCH_TIMEOUT', `Cannot start ${plan.name}: it did not reach execve in time`, {
      hint: 'A process that shares its PID namespace may have stopped it, or a mount source hangs',
    }),
  killed: (plan) =>
    new PeapodError('PEAPOD_LAUNCH_FAILED', `Cannot start ${plan.name}: it was killed before execve`, {
      hint: 'A process that shares its PID namespace, or the OOM killer, may have killed it',
      details: { plan: plan.name },
    }),
  malformed: (plan) =>
    new PeapodError(
      'PEAPOD_PLAN_INVALID',
      `Cannot start ${plan.name}: its monitor refused the request as malformed`,
    ),
  refused: (plan, { errno }) =>
    errno === ESRCH
      ? new PeapodError(
          'PEAPOD_CONTAINER_NOT_RUNNING',
          `Cannot start ${plan.name}: the container does not run`,
        )
      : new PeapodError('PEAPOD_LAUNCH_FAILED', `Cannot start ${plan.name}: ${errnoName(errno)}`, {
          hint: 'Its monitor serves 256 sessions at once',
          details: { plan: plan.name, errno, code: errnoName(errno) },
        }),
  frozen: (plan) =>
    new PeapodError('PEAPOD_CONTAINER_FROZEN', `Cannot start ${plan.name}: the container is frozen`, {
      hint: 'Thaw it first',
    }),
};

/** What a monitor reported of a launch, as an error for people. */
export function explainLaunchFailure(plan: LaunchPlan, failure: Failure): PeapodError {
  return explain[failure.phase](plan, failure);
}
