import type { Step } from './schema.js';

/**
 * One process to be started, as data: what is checked, encoded, run, and named in errors.
 *
 * The launcher itself walks `before`, in its own process, then runs clone3 with `clone.flags`; the child walks `join`, if there is any, then makes a second clone
 * with CLONE_PARENT (so that a PID namespace joined on the way takes effect and the launcher stays the parent);
 * the last child walks `child`, whose last step is `exec` or `execFd`.
 * `before` is what has to be on the host before the process is: made on the way to it, off the event loop. A plan of these
 * alone starts nothing.
 */
export interface LaunchPlan {
  readonly version: 1;
  /** What is started, for messages and traces, for example `container web`. */
  readonly name: string;
  readonly clone: {
    /** CLONE_ flags for clone3; CLONE_PIDFD and CLONE_INTO_CGROUP are added by the launcher. */
    readonly flags: number;
    /** Flags for the second clone; 0 unless `join` has steps. */
    readonly secondFlags: number;
    /** Name of the input, or `out` of a `before` step, that is the cgroup to be born in; null for the launcher's own. */
    readonly cgroup: string | null;
  };
  /** Names of the descriptors the launcher is given, in the order they are passed. */
  readonly inputs: readonly string[];
  readonly before?: readonly Step[];
  readonly join: readonly Step[];
  readonly child: readonly Step[];
}

/** A plan of the launcher's own steps, with no process after them. */
export function planOwnSteps(name: string, before: readonly Step[]): LaunchPlan {
  return {
    version: 1,
    name,
    clone: { flags: 0, secondFlags: 0, cgroup: null },
    inputs: [],
    before,
    join: [],
    child: [],
  };
}

/** What went wrong in a launch: which step (counted over all, in the order they run, from 0) and the errno. */
export interface StepFailure {
  readonly step: number;
  readonly errno: number;
}
