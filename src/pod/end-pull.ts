import type { EventNote } from './actions.js';
import type { ContainerPull } from './container-pull.js';
import { containerEvent } from './events.js';
import type { PodState } from './pod-state.js';
import { describeProblem } from './start-problem.js';

/** Takes note of how the pull for a container ended. One that is no longer the container's counts for nothing. */
export function endPull(state: PodState, name: string, pull: ContainerPull): void {
  const { outcome } = pull;
  if (state.pulls.get(name) !== pull || outcome === undefined) return;
  if (outcome.kind === 'ready') {
    state.addEvent(outcome.note);
    return;
  }
  state.pulls.delete(name);
  state.firstRun?.started.reject(outcome.error);
  state.addProblem(name, { reason: 'ErrImagePull', message: outcome.message });
  for (const note of failureEvents(state, name, pull.image, outcome.message)) state.addEvent(note);
}

/** kubelet tells of a failed pull, of what it means for the container, and, from the second on, that it backs off. */
function failureEvents(state: PodState, name: string, image: string, why: string): EventNote[] {
  const tell = (message: string) =>
    containerEvent({ pod: state.pod, container: { name } }, 'Failed', message);
  const events = [tell(`Failed to pull image "${image}": ${why}`), tell('Error: ErrImagePull')];
  const problem = state.problems.get(name);
  if (problem === undefined || describeProblem(problem, image).reason !== 'ImagePullBackOff') return events;
  const backOff = {
    ...tell(`Back-off pulling image "${image}"`),
    type: 'Normal',
    reason: 'BackOff',
  } as const;
  return [...events, backOff, tell('Error: ImagePullBackOff')];
}

/** Nobody needs them any more. A pull that others wait for goes on for them. */
export function abortPulls(state: PodState, names: Iterable<string>): void {
  for (const name of [...names]) {
    state.pulls.get(name)?.abort();
    state.pulls.delete(name);
  }
}
