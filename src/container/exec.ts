import { closeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { PeapodError } from '../errors.js';
import { openDirectory } from '../kernel/descriptor-calls.js';
import { Descriptors } from '../kernel/descriptors.js';
import { bindInputs } from '../kernel/launch.js';
import { type EncodedPlan, PlanCache } from '../kernel/plan/encoded.js';
import { buildExecPlan } from './build-exec-plan.js';
import { clampProcess } from './clamp.js';
import type { Container } from './container.js';
import { defer } from './deferred.js';
import type { ExitStatus } from './exit-status.js';
import { explainLaunchFailure } from './launch-failure.js';
import { streamInputs } from './process-steps.js';
import { encodeExec, type MonitorMessage } from './protocol.js';
import { sendPlan } from './send-plan.js';
import { MonitorSession } from './session.js';
import type { ProcessSpec } from './spec.js';
import { closeStreams, openPipes, openTerminal, type Streams, type WindowSize } from './streams.js';

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

/** Probes do the same again and again. */
const plans = new PlanCache('monitor', 64);

function encodeExecPlan({ id, host }: Container, process: ProcessSpec): EncodedPlan {
  return plans.encode({
    key: JSON.stringify(process),
    texts: {},
    build: () => buildExecPlan(id.name, clampProcess(process, host).process),
  });
}

interface Launch {
  readonly session: MonitorSession;
  /** Hangs up, upon which the monitor kills a process that still runs. */
  close(): void;
  readonly started: Promise<void>;
  readonly exit: Promise<ExitStatus>;
}

function openSession(container: Container, plan: EncodedPlan, runFd: number): Launch {
  let hasStarted = false;
  const started = defer<void>();
  const exit = defer<ExitStatus>();
  const onMessage = (message: MonitorMessage, fd: number | undefined) => {
    if (fd !== undefined) {
      closeSync(fd);
    }
    if (message.type === 'started') {
      hasStarted = true;
      started.resolve();
    } else if (message.type === 'failed') {
      started.reject(explainLaunchFailure(plan.plan(), message));
    } else if (message.type === 'exited') {
      exit.resolve(message.status);
    }
  };
  const onClose = () => {
    exit.resolve({ kind: 'unknown', reason: 'the monitor was lost' });
    // Every exec ends with a hang-up: the error, and its stack, are made only for one that came too early.
    if (!hasStarted) {
      started.reject(
        new PeapodError('PEAPOD_MONITOR_LOST', `The monitor of container ${container.id.name} hung up`),
      );
    }
  };
  const session = MonitorSession.connect(runFd, { onMessage, onClose });
  const close = () => {
    session.close();
    exit.resolve({ kind: 'unknown', reason: 'the session was closed before its process ended' });
  };
  return { session, close, started: started.promise, exit: exit.promise };
}

async function launchExec(
  container: Container,
  process: ProcessSpec,
  io: { readonly streams: Streams; readonly deadlineMs: number },
): Promise<Launch> {
  const { streams, deadlineMs } = io;
  const plan = encodeExecPlan(container, process);
  const own = new Descriptors();
  try {
    const runFd = own.keep(openDirectory(container.paths.run));
    const cgroup = own.keep(openDirectory(container.paths.cgroup));
    const inputs = bindInputs(plan, { cgroup, target: container.pidfd }, streamInputs(process.terminal));
    const launch = openSession(container, plan, runFd);
    launch.started.catch(launch.close);
    const request = encodeExec({ terminal: process.terminal, trace: false, deadlineMs });
    sendPlan(launch.session, { request, plan, fds: [...inputs, ...streams.childFds] });
    await launch.started;
    return launch;
  } finally {
    own.close();
  }
}

function requireRunning(container: Container): void {
  if (container.hasEnded || container.pidfd < 0) {
    throw new PeapodError(
      'PEAPOD_CONTAINER_NOT_RUNNING',
      `The container ${container.id.name} is not running`,
    );
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
  const streams = process.terminal ? openTerminal(io.size) : openPipes(io.stdin);
  let launch: Launch | undefined;
  try {
    launch = await launchExec(container, process, {
      streams,
      deadlineMs: io.deadlineMs ?? EXEC_DEADLINE_MS,
    });
    const { exit, close } = launch;
    const ours = streams.take();
    void exit.then(() => {
      ours.stdin?.destroy();
      close();
    });
    const closeAll = () => {
      close();
      closeStreams(ours);
    };
    return { ...ours, exit, close: closeAll };
  } catch (error) {
    launch?.close();
    streams.discard();
    throw error;
  } finally {
    streams.childFds.forEach(closeSync);
  }
}
