import type { BackOff, StopRequest } from './observed.js';

/**
 * Ask a container to end: record this as its run's `stop`, then send the stop signal, or SIGKILL when the grace
 * is 0.
 */
export interface KillContainer extends StopRequest {
  readonly name: string;
  /** The run it is meant for: nothing is done when that one is no longer the newest. */
  readonly attempt: number;
}

export interface StartContainer {
  readonly name: string;
  /** 0 for the first run; the restart count afterwards. */
  readonly attempt: number;
  /** To be stored with the run: what the next restart will have to wait. Absent: leave the stored one alone. */
  readonly backOff?: BackOff;
}

/** An event to record: what happened, without when and how often. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** For example `spec.containers{web}`; empty for the pod itself. */
  readonly field: string;
}

/**
 * What to do next for one pod, to be applied in the order of the fields. Kills do not wait for the end of what
 * they kill: its exit is the next observation, and `decide` asks again with grace 0 when the grace is over. Starts
 * are done one after another, and one that fails does not stop the next.
 */
export interface PodActions {
  /** Containers that will not be started: nobody needs their images any more. */
  readonly abortPulls: readonly string[];
  readonly killContainers: readonly KillContainer[];
  /** Tear the sandbox down, for this reason. No container runs any more when this is asked for. */
  readonly removeSandbox?: string;
  /** Made after the old one is removed. Containers are started in it by the next decision. */
  readonly createSandbox?: { readonly attempt: number };
  readonly startContainers: readonly StartContainer[];
  /** The pod was deleted, or is over and to be removed then, and nothing of it runs: forget it. */
  readonly removePod?: true;
  /** Milliseconds since the epoch: decide again then, if nothing happens before. */
  readonly wakeAt?: number;
  /** Only ever together with the action they are about. */
  readonly events: readonly EventNote[];
}

/** Some actions into one; the earliest wake wins. */
export function joinActions(parts: readonly Partial<PodActions>[]): PodActions {
  const wakes = parts.flatMap(({ wakeAt }) => (wakeAt === undefined ? [] : [wakeAt]));
  return {
    ...Object.assign({}, ...parts),
    abortPulls: parts.flatMap(({ abortPulls = [] }) => abortPulls),
    killContainers: parts.flatMap(({ killContainers = [] }) => killContainers),
    startContainers: parts.flatMap(({ startContainers = [] }) => startContainers),
    events: parts.flatMap(({ events = [] }) => events),
    ...(wakes.length > 0 && { wakeAt: Math.min(...wakes) }),
  };
}

/** What is to be done, in the order it is done in; empty when there is only to wait. For debug output. */
export function describeActions(actions: PodActions): string {
  const { abortPulls, killContainers, removeSandbox, createSandbox, startContainers, removePod } = actions;
  const phrases = [
    ...abortPulls.map((name) => `give up the pull for ${name}`),
    ...killContainers.map((kill) => `stop ${run(kill)} in ${kill.gracePeriodSeconds} s (${kill.reason})`),
    removeSandbox !== undefined && `remove the sandbox (${removeSandbox})`,
    createSandbox && `create sandbox ${createSandbox.attempt}`,
    ...startContainers.map((start) => `start ${run(start)}`),
    removePod && 'remove the pod',
  ];
  return phrases.filter(Boolean).join(', ');
}

function run({ name, attempt }: { readonly name: string; readonly attempt: number }): string {
  return `${name}-${attempt}`;
}
