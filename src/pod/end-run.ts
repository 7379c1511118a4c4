import { unlink } from 'node:fs/promises';
import { containerLogDirectory, logFileName, terminationMessagePath } from '../kernel/paths.js';
import { findContainer } from './choose-container.js';
import { podNameOf } from './pod-object.js';
import type { PodState } from './pod-state.js';
import type { ContainerExit } from './runtime.js';
import { readTerminationMessage } from './termination-message.js';

/**
 * Records how a run ended, waits for the disk, and only then removes what is left of the container: whoever dies in
 * between finds either the monitor's record of the exit or ours.
 */
export async function endRun(
  state: PodState,
  run: { readonly name: string; readonly attempt: number },
  exit: ContainerExit,
): Promise<void> {
  const { name, attempt } = run;
  if (state.container(name).current?.attempt !== attempt) return;
  const message = await readMessage(state, run, exit);
  state.changeRun(name, attempt, {
    exit: exit.status,
    finishedAt: exit.finishedAt,
    ...(exit.oomKilled && { reason: 'OOMKilled' }),
    ...(message !== '' && { message }),
  });
  if (!(await saveSomewhere(state))) return;
  await removeContainer(state, run);
}

/** On a full disk the facts, which are in memory as a rule, have to do. False when not even they could be written. */
export async function saveSomewhere(state: PodState): Promise<boolean> {
  try {
    await state.save();
    return true;
  } catch (error) {
    state.warn(`Cannot save its record: ${(error as Error).message}`);
    return state.saveFacts().then(
      () => true,
      () => false,
    );
  }
}

async function removeContainer(state: PodState, { name, attempt }: { name: string; attempt: number }) {
  const handle = state.handles.get(name);
  state.handles.delete(name);
  try {
    await handle?.remove();
    await unlink(terminationMessagePath(state.parts.paths, state.uid, name, attempt)).catch(() => {});
  } catch (error) {
    // Whatever is left goes with the sandbox, and at the latest when the next engine opens the root.
    state.warn(`Cannot remove container ${name}: ${(error as Error).message}`);
  }
}

async function readMessage(
  state: PodState,
  { name, attempt }: { name: string; attempt: number },
  exit: ContainerExit,
): Promise<string> {
  const container = findContainer(state.pod, name);
  if (container === undefined) return '';
  const { paths } = state.parts;
  try {
    return await readTerminationMessage(container, exit.status, {
      messagePath: terminationMessagePath(paths, state.uid, name, attempt),
      logDirectory: containerLogDirectory(paths, podNameOf(state.pod), name),
      logName: logFileName(attempt),
    });
  } catch (error) {
    return `The termination message cannot be read: ${(error as Error).message}`;
  }
}
