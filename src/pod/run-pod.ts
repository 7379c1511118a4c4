import { hasCode, PeapodError } from '../errors.js';
import { buildRecord } from './apply-pod.js';
import { recordDeletion } from './delete-pod.js';
import type { ExecSession, RunOptions } from './engine-api.js';
import { EventLog } from './event-log.js';
import { expectFirstRun, type FirstRun } from './first-run.js';
import { followRun } from './follow-run.js';
import type { PodImages } from './images.js';
import type { LoadedPod } from './manifest/load-pod.js';
import { specOf } from './pod-containers.js';
import type { PodRegistry } from './pod-registry.js';
import { PodState } from './pod-state.js';
import { isRemovedWhenDone } from './remove-when-done.js';
import type { PodWorker } from './worker.js';

/** A pod that somebody follows from the beginning. */
export interface BegunRun {
  readonly worker: PodWorker;
  readonly run: FirstRun;
}

/**
 * Makes a new pod of one container. Rejects with PEAPOD_CONFLICT when there is one of the name, and with
 * PEAPOD_IMAGE_MISSING when its image is not here: whoever waits for it would rather see it come.
 */
export async function beginRun(pods: PodRegistry, loaded: LoadedPod, options: RunOptions): Promise<BegunRun> {
  const name = loaded.pod.metadata?.name ?? '';
  const [container, ...others] = specOf(loaded.pod).containers;
  if (container === undefined || others.length > 0) {
    throw new PeapodError('PEAPOD_USAGE', `Cannot run pod "${name}": it has not exactly one container`);
  }
  if (pods.find(name) !== undefined) {
    throw new PeapodError('PEAPOD_CONFLICT', `Cannot run pod "${name}": there is one already`);
  }
  await checkImage(pods.parts.images, container.image ?? '');
  const state = new PodState(pods.parts, buildRecord(loaded, pods.parts.clock.now()), new EventLog());
  state.status = state.buildStatus();
  const run = expectFirstRun(state, options);
  await state.save();
  return { worker: pods.add(state), run };
}

/** For what has a substitute the pod itself asks, and does without an answer. */
async function checkImage(images: PodImages, reference: string): Promise<void> {
  try {
    await images.resolve(reference);
  } catch (error) {
    const isMissing = hasCode(error, 'PEAPOD_IMAGE_MISSING');
    if (!isMissing || (await images.findSubstitute(reference)) === undefined) throw error;
  }
}

/** Resolves when the container runs. When it does not come to that, the pod is removed, and this rejects with why. */
export async function awaitRun({ worker, run }: BegunRun): Promise<ExecSession> {
  const { state } = worker;
  const { container, started } = run;
  const release = (): void => {
    void worker.request(async () => {
      state.readers--;
    });
  };
  try {
    const session = followRun(state, { container, handle: await started.promise }, release);
    return isRemovedWhenDone(state.pod) ? untilRemoved(state, session) : session;
  } catch (error) {
    release();
    await worker.request(() => recordDeletion(state, { force: true }));
    throw error;
  }
}

/** Who ran it may run it again at once. */
function untilRemoved({ removed }: PodState, session: ExecSession): ExecSession {
  return { ...session, exit: session.exit.then((status) => removed.promise.then(() => status)) };
}
