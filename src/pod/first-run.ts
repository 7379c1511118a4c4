import { type Deferred, defer } from '../container/deferred.js';
import type { RunOptions } from './engine-api.js';
import { specOf } from './pod-containers.js';
import type { PodState } from './pod-state.js';
import type { ContainerHandle } from './runtime.js';

/** What somebody who started a pod waits for: that its container runs, or why it does not. */
export interface FirstRun {
  readonly container: string;
  /** Asks for a session that sees all of it, to type into if `stdin`; absent, its log has what it writes. */
  readonly attach?: { readonly stdin: boolean };
  readonly started: Deferred<ContainerHandle>;
}

/**
 * Prepares a new pod, before its worker begins, for somebody who wants to see all that its first container writes:
 * until `readers` is counted down again its logs stay.
 */
export function expectFirstRun(state: PodState, { stdin = false }: RunOptions): FirstRun {
  const [container] = specOf(state.pod).containers;
  const { name = '', tty = false } = container ?? {};
  const started = defer<ContainerHandle>();
  // It may fail before anybody waits.
  started.promise.catch(() => {});
  state.readers++;
  const run = { container: name, started, ...((tty || stdin) && { attach: { stdin } }) };
  state.firstRun = run;
  return run;
}
