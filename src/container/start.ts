import { closeSync, mkdirSync } from 'node:fs';
import { PeapodError } from '../errors.js';
import { Cgroup } from '../kernel/cgroup.js';
import type { Host } from '../kernel/host.js';
import { bindInputs } from '../kernel/launch.js';
import { checkPlan } from '../kernel/plan/check.js';
import { encodePlan } from '../kernel/plan/encode.js';
import type { LaunchPlan } from '../kernel/plan/types.js';
import { writeVolatileRecord } from '../kernel/record.js';
import { binding } from '../native/binding.js';
import { buildStartPlan, type PodNamespaces } from './build-start-plan.js';
import { clampProcess } from './clamp.js';
import { Container } from './container.js';
import { explainLaunchFailure } from './launch-failure.js';
import { openDirectory, startMonitor } from './monitor.js';
import { streamInputs } from './process-steps.js';
import { encodeStart, type MonitorMessage } from './protocol.js';
import type { ContainerRecord } from './record.js';
import { removeRun } from './remove-run.js';
import { runPaths, startPaths } from './run-paths.js';
import { MonitorSession } from './session.js';
import type { ContainerSpec } from './spec.js';

/** Until execve; far above what a start takes on a machine under load, and below anybody's patience. */
const START_DEADLINE_MS = 30_000;

/** The pod a container is started in. */
export interface PodPlace {
  /** A pidfd of pause. */
  readonly pidfd: number;
  readonly namespaces: PodNamespaces;
}

/** Descriptors of one start, closed together when it is over. */
interface Resources {
  readonly cgroup: Cgroup;
  readonly runFd: number;
}

/** A plan as a descriptor: no size limits, and nothing of it in anybody's argv. */
export function planFd(plan: LaunchPlan): number {
  checkPlan(plan, 'monitor');
  return binding().memfd('peapod-plan', encodePlan(plan), true, false);
}

/** A plan's inputs but for the streams, in order: those are the monitor's, or the caller's, to add. */
export function bindOwnInputs(plan: LaunchPlan, terminal: boolean, fds: Readonly<Record<string, number>>): number[] {
  const streams = streamInputs(terminal);
  return bindInputs({ ...plan, inputs: plan.inputs.filter((name) => !streams.includes(name)) }, fds);
}

function prepare(host: Host, spec: ContainerSpec): Resources {
  const paths = runPaths(host, spec);
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  writeVolatileRecord(paths.record, buildRecord(spec));
  if (spec.rootfs.kind === 'overlay') {
    mkdirSync(paths.disk, { recursive: true, mode: 0o700 });
    // The upper directory's own mode and owner are those of the container's root directory.
    mkdirSync(paths.upper, { mode: 0o755 });
    mkdirSync(paths.work, { mode: 0o755 });
  }
  mkdirSync(spec.logDirectory, { recursive: true, mode: 0o700 });
  return { cgroup: Cgroup.create(paths.cgroup), runFd: openDirectory(paths.run) };
}

function sendStart(
  session: MonitorSession,
  spec: ContainerSpec,
  launch: { plan: LaunchPlan; fds: Readonly<Record<string, number>> },
): void {
  const plan = planFd(launch.plan);
  const request = encodeStart({
    terminal: spec.process.terminal,
    stdin: spec.stdin,
    stdinOnce: spec.stdinOnce,
    trace: false,
    deadlineMs: START_DEADLINE_MS,
    attempt: spec.attempt,
    logMaxBytes: spec.logMaxBytes,
    logMaxFiles: spec.logMaxFiles,
    logName: `${spec.attempt}.log`,
  });
  session.send(request, [plan, ...bindOwnInputs(launch.plan, spec.process.terminal, launch.fds)]);
  closeSync(plan);
}

function buildRecord(spec: ContainerSpec): ContainerRecord {
  return { version: 1, stopSignal: spec.stopSignal, terminal: spec.process.terminal };
}

interface StartSession {
  readonly session: MonitorSession;
  /** Resolves once execve happened. The session goes on, to tell the container of its end. */
  readonly started: Promise<Container>;
}

function openSession(host: Host, spec: ContainerSpec, launch: { plan: LaunchPlan; runFd: number }): StartSession {
  let container: Container | undefined;
  let session: MonitorSession | undefined;
  const started = new Promise<Container>((resolve, reject) => {
    const onMessage = (message: MonitorMessage, fd: number | undefined) => {
      if (message.type === 'started' && fd !== undefined) {
        container = new Container(host, spec, { record: buildRecord(spec), pidfd: fd, startedAt: Date.now() });
        resolve(container);
      } else if (message.type === 'failed') {
        reject(explainLaunchFailure(launch.plan, message));
      } else {
        container?.onMessage(message);
      }
    };
    const lost = `The monitor of container ${spec.name} ended during its start`;
    const onClose = () => {
      container?.onClose();
      reject(new PeapodError('PEAPOD_MONITOR_LOST', lost));
    };
    session = new MonitorSession(launch.runFd, { onMessage, onClose });
  });
  return { session: session as unknown as MonitorSession, started };
}

async function launchRun(host: Host, place: PodPlace, run: { spec: ContainerSpec } & Resources): Promise<Container> {
  const { spec, cgroup, runFd } = run;
  const paths = runPaths(host, spec);
  const monitor = startMonitor(host, {
    name: spec.name,
    paths,
    logDirectory: spec.logDirectory,
    runFd,
    containerCgroup: cgroup,
  });
  const { process } = clampProcess(spec.process, host);
  const plan = buildStartPlan({ ...spec, process }, place.namespaces, startPaths(host, paths));
  const { session, started } = openSession(host, spec, { plan, runFd });
  sendStart(session, spec, { plan, fds: { cgroup: cgroup.fd, sandbox: place.pidfd, state: host.stateFd } });
  started.catch(() => session.close());
  await monitor.started;
  const container = await started;
  container.follow(session);
  container.monitorEnded = monitor.ended;
  return container;
}

/**
 * Starts a container run in a pod: directories, cgroups and a record of what is to come, then its monitor, then, by
 * the monitor, its first process. Resolves once that reached execve. Throws PEAPOD_LAUNCH_FAILED (`details.errno`,
 * `details.step`), PEAPOD_LAUNCH_TIMEOUT and the like, with nothing left behind but the log directory.
 */
export async function startContainer(host: Host, place: PodPlace, spec: ContainerSpec): Promise<Container> {
  let resources: Resources | undefined;
  try {
    resources = prepare(host, spec);
    return await launchRun(host, place, { spec, ...resources });
  } catch (error) {
    await removeRun(host, spec);
    throw error;
  } finally {
    resources?.cgroup.close();
    if (resources !== undefined) {
      closeSync(resources.runFd);
    }
  }
}
