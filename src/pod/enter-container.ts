import { Readable } from 'node:stream';
import type { ProcessSpec } from '../container/spec.js';
import { hasCode, PeapodError } from '../errors.js';
import { chooseContainer, findContainer } from './choose-container.js';
import type { AttachOptions, ExecOptions, ExecSession } from './engine-api.js';
import { buildExecProcess } from './exec-process.js';
import type { PodState } from './pod-state.js';
import { isAlive } from './runs.js';
import type { ContainerHandle } from './runtime.js';

/** What shells answer for a command that is missing, and for one that cannot be executed. */
const notFoundStatus = 127;
const notExecutableStatus = 126;

/** errno of execve: ENOENT, ENOTDIR; EACCES, ENOEXEC, EISDIR, EPERM. */
const notFoundErrnos = new Set([2, 20]);
const notExecutableErrnos = new Set([13, 8, 21, 1]);

/** Enters a process into a running container. A command that cannot be executed is a session that ends with 126 or 127. */
export async function execInContainer(state: PodState, options: ExecOptions): Promise<ExecSession> {
  if (options.command.length === 0) throw new PeapodError('PEAPOD_USAGE', 'There is no command to execute');
  const name = chooseContainer(state.pod, options.container);
  const { handle, process } = runningContainer(state, name);
  const entered = await buildExecProcess(state, { name, process }, options);
  try {
    return await handle.exec(entered, {
      stdin: options.stdin ?? false,
      ...(options.size && { size: options.size }),
    });
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    return endedSession(status, `${(error as Error).message}\n`);
  }
}

/** Attaches to the first process of a running container. */
export async function attachToContainer(state: PodState, options: AttachOptions): Promise<ExecSession> {
  const name = chooseContainer(state.pod, options.container);
  const { handle } = runningContainer(state, name);
  if (options.stdin && findContainer(state.pod, name)?.stdin !== true) {
    throw new PeapodError('PEAPOD_USAGE', `Cannot attach to the input of container "${name}": it has none`, {
      hint: 'Set stdin: true for the container in the manifest',
    });
  }
  return handle.attach({ stdin: options.stdin ?? false });
}

/** What enters a container that runs. Throws PEAPOD_CONTAINER_NOT_RUNNING. */
export function runningContainer(
  state: PodState,
  name: string,
): { handle: ContainerHandle; process: ProcessSpec } {
  const handle = state.handles.get(name);
  const process = state.processes.get(name);
  if (handle !== undefined && process !== undefined && isAlive(state.container(name).current)) {
    return { handle, process };
  }
  const podName = state.pod.metadata?.name;
  throw new PeapodError(
    'PEAPOD_CONTAINER_NOT_RUNNING',
    `Container "${name}" of pod "${podName}" is not running`,
    {
      hint: `See \`peapod describe ${podName}\` for why`,
      details: { pod: podName, container: name },
    },
  );
}

function statusOf(error: unknown): number | undefined {
  if (!hasCode(error, 'PEAPOD_LAUNCH_FAILED')) return undefined;
  const { errno, op } = (error as PeapodError).details;
  // A step before it fails for reasons of its own: a missing working directory is no missing command.
  if (typeof errno !== 'number' || (op !== undefined && op !== 'exec')) return undefined;
  if (notFoundErrnos.has(errno)) return notFoundStatus;
  return notExecutableErrnos.has(errno) ? notExecutableStatus : undefined;
}

function endedSession(status: number, message: string): ExecSession {
  return {
    stdin: null,
    stdout: Readable.from([]),
    stderr: Readable.from([Buffer.from(message)]),
    exit: Promise.resolve({ kind: 'exited', status }),
    resize() {},
    close() {},
  };
}
