import { PeapodError } from '../errors.js';
import { containerLogDirectory, logFileName } from '../kernel/paths.js';
import { chooseContainer } from './choose-container.js';
import type { LogChunk, LogOptions } from './engine-api.js';
import { readLog } from './logs/read-log.js';
import { podNameOf } from './pod-object.js';
import type { PodState } from './pod-state.js';
import { isAlive } from './runs.js';

/**
 * Reads the log of the newest run of a container, or of the one before it; followed, until that run ends.
 * Throws PEAPOD_NOT_FOUND and, when the container has never run, PEAPOD_CONTAINER_NOT_RUNNING.
 */
export async function* readPodLog(state: PodState, options: LogOptions): AsyncGenerator<LogChunk> {
  const name = chooseContainer(state.pod, options.container);
  const attempt = chooseAttempt(state, name, options.previous ?? false);
  const directory = containerLogDirectory(state.parts.paths, podNameOf(state.pod), name);
  const { tail, sinceMs, signal, follow } = options;
  const ended = follow ? endOfRun(state, name, attempt) : undefined;
  yield* readLog(directory, logFileName(attempt), { tail, sinceMs, signal, ended });
}

function chooseAttempt(state: PodState, name: string, isPrevious: boolean): number {
  const { current, previous } = state.container(name);
  const run = isPrevious ? previous : current;
  if (run !== undefined && (run.startedAt !== undefined || !isAlive(run))) return run.attempt;
  const what = `container "${name}" of pod "${state.pod.metadata?.name}"`;
  if (isPrevious) throw new PeapodError('PEAPOD_NOT_FOUND', `There is no previous run of ${what}`);
  const problem = state.problems.get(name) ?? state.sandboxProblem;
  const why = problem ? `: ${problem.reason}: ${problem.message}` : '';
  throw new PeapodError(
    'PEAPOD_CONTAINER_NOT_RUNNING',
    `Cannot read the log of ${what}: it has not started${why}`,
  );
}

function endOfRun(state: PodState, name: string, attempt: number): Promise<unknown> {
  const run = state.container(name).current;
  const isRunning = run?.attempt === attempt && isAlive(run);
  return (isRunning && state.handles.get(name)?.exit) || Promise.resolve();
}
