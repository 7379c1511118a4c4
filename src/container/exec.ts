import { closeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { PeapodError } from '../errors.js';
import { Cgroup } from '../kernel/cgroup.js';
import { buildExecPlan } from './build-exec-plan.js';
import { clampProcess } from './clamp.js';
import type { Container } from './container.js';
import type { ExitStatus } from './exit-status.js';
import { explainLaunchFailure } from './launch-failure.js';
import { openDirectory } from './monitor.js';
import { encodeExec, type MonitorMessage } from './protocol.js';
import { MonitorSession } from './session.js';
import type { ProcessSpec } from './spec.js';
import { bindOwnInputs, planFd } from './start.js';
import { openPipes, openTerminal, type Streams, type WindowSize } from './streams.js';

/** Until execve: a process that the container's own processes keep from getting there is given up. */
const EXEC_DEADLINE_MS = 10_000;

/** A process that entered a container, with its streams. */
export interface ContainerSession {
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable | null;
  resize(size: WindowSize): void;
  /** Never rejects. What was written before the end may still be in the streams. */
  readonly exit: Promise<ExitStatus>;
  /** Ends the session; a process that still runs is killed. */
  close(): void;
}

export interface ExecIo {
  readonly stdin: boolean;
  /** Until execve, in ms; absent is 10 s. */
  readonly deadlineMs?: number;
  readonly size?: WindowSize;
}

interface Launch {
  readonly session: MonitorSession;
  /** Hangs up, upon which the monitor kills a process that still runs. */
  close(): void;
  readonly started: Promise<void>;
  readonly exit: Promise<ExitStatus>;
}

function openSession(container: Container, plan: ReturnType<typeof buildExecPlan>, runFd: number): Launch {
  let session: MonitorSession | undefined;
  let end: (status: ExitStatus) => void = () => {};
  const exit = new Promise<ExitStatus>((resolve) => {
    end = resolve;
  });
  const started = new Promise<void>((resolve, reject) => {
    const onMessage = (message: MonitorMessage, fd: number | undefined) => {
      if (fd !== undefined) {
        closeSync(fd);
      }
      if (message.type === 'started') {
        resolve();
      } else if (message.type === 'failed') {
        reject(explainLaunchFailure(plan, message));
      } else if (message.type === 'exited') {
        end(message.status);
      }
    };
    const onClose = () => {
      end({ kind: 'unknown', reason: 'the monitor was lost' });
      reject(new PeapodError('PEAPOD_MONITOR_LOST', `The monitor of container ${container.id.name} hung up`));
    };
    session = new MonitorSession(runFd, { onMessage, onClose });
  });
  const opened = session as unknown as MonitorSession;
  const close = () => {
    opened.close();
    end({ kind: 'unknown', reason: 'the session was closed before its process ended' });
  };
  return { session: opened, started, exit, close };
}

async function launchExec(
  container: Container,
  process: ProcessSpec,
  io: { readonly streams: Streams; readonly deadlineMs: number },
): Promise<Launch> {
  const { streams, deadlineMs } = io;
  const plan = buildExecPlan(container.id.name, clampProcess(process, container.host).process);
  const runFd = openDirectory(container.paths.run);
  const cgroup = Cgroup.open(container.paths.cgroup);
  const wire = planFd(plan);
  try {
    const launch = openSession(container, plan, runFd);
    const inputs = bindOwnInputs(plan, process.terminal, { cgroup: cgroup.fd, target: container.pidfd });
    launch.session.send(
      encodeExec({ terminal: process.terminal, trace: false, deadlineMs }),
      [wire, ...inputs, ...streams.childFds],
    );
    launch.started.catch(launch.close);
    await launch.started;
    return launch;
  } finally {
    cgroup.close();
    closeSync(runFd);
    closeSync(wire);
    streams.childFds.forEach(closeSync);
  }
}

function requireRunning(container: Container): void {
  if (container.hasEnded || container.pidfd < 0) {
    throw new PeapodError('PEAPOD_CONTAINER_NOT_RUNNING', `The container ${container.id.name} is not running`);
  }
}

/**
 * Enters a process into a running container, through the container's monitor. Resolves once execve happened. Throws
 * PEAPOD_CONTAINER_NOT_RUNNING, PEAPOD_CONTAINER_FROZEN, PEAPOD_LAUNCH_TIMEOUT, and PEAPOD_LAUNCH_FAILED with
 * `details.errno` (2: there is no such command).
 */
export async function execInContainer(
  container: Container,
  process: ProcessSpec,
  io: ExecIo,
): Promise<ContainerSession> {
  requireRunning(container);
  const streams = process.terminal ? openTerminal() : openPipes(io.stdin);
  try {
    const { exit, close } = await launchExec(container, process, {
      streams,
      deadlineMs: io.deadlineMs ?? EXEC_DEADLINE_MS,
    });
    const ours = streams.take();
    if (io.size !== undefined) {
      ours.resize(io.size);
    }
    void exit.then(() => {
      ours.stdin?.destroy();
      close();
    });
    return { ...ours, exit, close };
  } catch (error) {
    streams.discard();
    throw error;
  }
}
