import type { Step } from '../src/kernel/plan/schema.js';
import type { LaunchPlan } from '../src/kernel/plan/types.js';

export interface TinyPlan {
  /** argv; the first is a path. */
  readonly command: readonly string[];
  /** Steps before the exec. */
  readonly steps?: readonly Step[];
  readonly inputs?: readonly string[];
  readonly cloneFlags?: number;
  /** The input that is the cgroup to be born in. */
  readonly cgroup?: string;
}

/** A plan that only starts a program of the host, for tests of what is around it. */
export function tinyPlan(options: TinyPlan): LaunchPlan {
  const { command, steps = [], inputs = [], cloneFlags = 0, cgroup = null } = options;
  return {
    version: 1,
    name: 'test',
    clone: { flags: cloneFlags, secondFlags: 0, cgroup },
    inputs,
    join: [],
    child: [
      ...steps,
      { op: 'resetSignals' },
      { op: 'exec', paths: [command[0] ?? ''], argv: command, envp: ['PATH=/usr/bin:/bin'] },
    ],
  };
}

/** Steps that make the input `output` the child's standard output. */
export const stdoutSteps: readonly Step[] = [{ op: 'duplicateFd', fd: 'output', number: 1 }];
