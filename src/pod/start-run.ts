import { mkdir } from 'node:fs/promises';
import type { Container } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import { terminationMessagePath } from '../kernel/paths.js';
import type { StartContainer } from './actions.js';
import { findContainer } from './choose-container.js';
import { saveSomewhere } from './end-run.js';
import { containerEvent, type EventReason } from './events.js';
import { removeOldLogs } from './logs/remove-old-logs.js';
import type { ContainerRun } from './observed.js';
import { obtainImage } from './obtain-image.js';
import { fieldOf } from './pod-containers.js';
import type { PodState } from './pod-state.js';
import { type PreparedRun, prepareRun } from './prepare-run.js';
import { specHash } from './spec-hash.js';
import { buildFailureEvents, StartFailure } from './start-failure.js';
import { makeMessageFile } from './termination-message.js';

/**
 * Starts one run of a container. `pulling`: its image is on the way, and it is to be started when that has come.
 * `failed`: the container has a problem, and a run that ended before it began if it came as far as that.
 */
export async function startRun(
  state: PodState,
  start: StartContainer,
): Promise<'started' | 'pulling' | 'failed'> {
  const container = findContainer(state.pod, start.name);
  if (container === undefined) return 'failed';
  try {
    const image = await obtainImage(state, container);
    if (image === undefined) return 'pulling';
    const prepared = await prepareRun(state, { container, attempt: start.attempt, image });
    await beginRun(state, start, container, prepared);
    await launch(state, start, prepared);
  } catch (error) {
    await noteFailure(state, start, error as Error);
    return 'failed';
  }
  await noteStart(state, start);
  return 'started';
}

/** Intent first: should we die at any point from here, the next engine knows of this run and looks for it. */
async function beginRun(
  state: PodState,
  { name, attempt, backOff }: StartContainer,
  container: Container,
  prepared: PreparedRun,
): Promise<void> {
  const { before: _, ...before } = state.container(name);
  const { rootfs } = prepared.spec;
  const run: ContainerRun = {
    attempt,
    sandboxAttempt: state.sandbox?.attempt ?? 0,
    createdAt: state.now(),
    specHash: specHash(container),
    imageId: prepared.imageId,
    ...(rootfs.kind === 'overlay' && { layers: rootfs.layers }),
  };
  const nextBackOff = backOff ?? before.backOff;
  state.setContainer(name, {
    current: run,
    ...(before.current && { previous: before.current }),
    ...(nextBackOff && { backOff: nextBackOff }),
    before,
  });
  state.processes.set(name, prepared.spec.process);
  addEvent(state, name, 'Created', `Created container ${name}`);
  await state.saveFacts();
}

async function launch(
  state: PodState,
  { name, attempt }: StartContainer,
  { spec }: PreparedRun,
): Promise<void> {
  const { parts, sandbox, uid } = state;
  if (sandbox?.handle === undefined) throw new PeapodError('PEAPOD_SANDBOX_LOST', 'The pod has no sandbox');
  await makeMessageFile(terminationMessagePath(parts.paths, uid, name, attempt));
  await mkdir(spec.logDirectory, { recursive: true, mode: 0o700 });
  await removeOldLogs(spec.logDirectory, attempt - 1);
  const attach = state.firstRun?.container === name ? state.firstRun.attach : undefined;
  state.handles.set(name, await parts.runtime.startContainer(sandbox.handle, spec, attach));
}

async function noteStart(state: PodState, { name, attempt }: StartContainer): Promise<void> {
  const startedAt = state.handles.get(name)?.startedAt ?? state.now();
  state.problems.delete(name);
  state.changeRun(name, attempt, { startedAt });
  addEvent(state, name, 'Started', `Started container ${name}`);
  await state.noteFacts();
  const handle = state.handles.get(name);
  if (handle !== undefined && state.firstRun?.container === name) state.firstRun.started.resolve(handle);
}

async function noteFailure(state: PodState, { name, attempt }: StartContainer, error: Error): Promise<void> {
  const isBegun = state.container(name).current?.attempt === attempt;
  const reason = error instanceof StartFailure ? error.reason : 'RunContainerError';
  state.addProblem(name, { reason, message: error.message });
  if (state.firstRun?.container === name) state.firstRun.started.reject(error);
  for (const note of buildFailureEvents(error, fieldOf(state.pod, name))) state.addEvent(note);
  if (!isBegun) return;
  state.changeRun(name, attempt, { finishedAt: state.now(), reason: 'StartError', message: error.message });
  await saveSomewhere(state);
}

function addEvent(state: PodState, name: string, reason: EventReason, message: string): void {
  state.addEvent(containerEvent({ pod: state.pod, container: { name } }, reason, message));
}
