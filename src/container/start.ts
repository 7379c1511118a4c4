import { closeSync, mkdirSync } from 'node:fs';
import { PeapodError } from '../errors.js';
import { Cgroup } from '../kernel/cgroup.js';
import { makeSealedFile, openDirectory } from '../kernel/descriptor-calls.js';
import { Descriptors } from '../kernel/descriptors.js';
import type { Host } from '../kernel/host.js';
import { bindInputs } from '../kernel/launch.js';
import type { PodNamespaces } from '../kernel/namespaces.js';
import { checkPlan } from '../kernel/plan/check.js';
import { encodePlan } from '../kernel/plan/encode.js';
import type { LaunchPlan } from '../kernel/plan/types.js';
import { writeVolatileRecord } from '../kernel/record.js';
import { buildStartPlan } from './build-start-plan.js';
import { clampProcess } from './clamp.js';
import { Container } from './container.js';
import { defer } from './deferred.js';
import { explainLaunchFailure } from './launch-failure.js';
import { startMonitor } from './monitor.js';
import { streamInputs } from './process-steps.js';
import { encodeStart, type MonitorMessage } from './protocol.js';
import type { ContainerRecord } from './record.js';
import { removeRun } from './remove-run.js';
import { type RunPaths, runPaths, startPaths } from './run-paths.js';
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

/** Of one start, until it is over. */
interface Resources {
  readonly cgroup: Cgroup;
  readonly runFd: number;
}

/** A plan as a descriptor: no size limits, and nothing of it in anybody's argv. */
export function planFd(plan: LaunchPlan): number {
  checkPlan(plan, 'monitor');
  return makeSealedFile('peapod-plan', encodePlan(plan));
}

/** A plan's inputs but for the streams, in order: those are the monitor's, or the caller's, to add. */
export function bindOwnInputs(
  plan: LaunchPlan,
  terminal: boolean,
  fds: Readonly<Record<string, number>>,
): number[] {
  const streams = streamInputs(terminal);
  return bindInputs({ ...plan, inputs: plan.inputs.filter((name) => !streams.includes(name)) }, fds);
}

function prepare(host: Host, spec: ContainerSpec, own: Descriptors): Resources {
  const paths = runPaths(host, spec);
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  writeVolatileRecord(paths.record, buildRecord(spec));
  mkdirSync(spec.logDirectory, { recursive: true, mode: 0o700 });
  const cgroup = Cgroup.create(paths.cgroup);
  own.keep(cgroup.fd);
  return { cgroup, runFd: own.keep(openDirectory(paths.run)) };
}

function makeWritableLayer(paths: RunPaths): void {
  mkdirSync(paths.disk, { recursive: true, mode: 0o700 });
  // The upper directory's own mode and owner are those of the container's root directory.
  mkdirSync(paths.upper, { mode: 0o755 });
  mkdirSync(paths.work, { mode: 0o755 });
}

function encodeRequest(spec: ContainerSpec): Buffer {
  return encodeStart({
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
}

function buildRecord(spec: ContainerSpec): ContainerRecord {
  return { version: 1, stopSignal: spec.stopSignal, terminal: spec.process.terminal };
}

interface StartSession {
  readonly session: MonitorSession;
  /** Resolves once execve happened. The session goes on, to tell the container of its end. */
  readonly started: Promise<Container>;
}

function openSession(
  host: Host,
  spec: ContainerSpec,
  launch: { plan: LaunchPlan; runFd: number },
): StartSession {
  let container: Container | undefined;
  const started = defer<Container>();
  const onMessage = (message: MonitorMessage, fd: number | undefined) => {
    if (message.type === 'started' && fd !== undefined) {
      container = new Container(host, spec, { record: buildRecord(spec), pidfd: fd, startedAt: Date.now() });
      started.resolve(container);
    } else if (message.type === 'failed') {
      started.reject(explainLaunchFailure(launch.plan, message));
    } else {
      container?.onMessage(message);
    }
  };
  const onClose = () => {
    if (container !== undefined) {
      container.onClose();
      return;
    }
    const lost = `The monitor of container ${spec.name} ended during its start`;
    started.reject(new PeapodError('PEAPOD_MONITOR_LOST', lost));
  };
  const session = new MonitorSession(launch.runFd, { onMessage, onClose });
  return { session, started: started.promise };
}

/** Asks the monitor, which need not be up yet, for the container's first process. */
function requestStart(host: Host, place: PodPlace, run: { spec: ContainerSpec } & Resources): StartSession {
  const { spec, cgroup, runFd } = run;
  const { process } = clampProcess(spec.process, host);
  const plan = buildStartPlan({ ...spec, process }, place.namespaces, startPaths(host, runPaths(host, spec)));
  const fds = { cgroup: cgroup.fd, sandbox: place.pidfd, state: host.stateFd };
  const inputs = bindOwnInputs(plan, process.terminal, fds);
  const wire = planFd(plan);
  try {
    const { session, started } = openSession(host, spec, { plan, runFd });
    started.catch(() => session.close());
    session.send(encodeRequest(spec), [wire, ...inputs]);
    return { session, started };
  } finally {
    closeSync(wire);
  }
}

async function launchRun(
  host: Host,
  place: PodPlace,
  run: { spec: ContainerSpec } & Resources,
): Promise<Container> {
  const { spec, cgroup, runFd } = run;
  const paths = runPaths(host, spec);
  const { name, logDirectory } = spec;
  const monitor = startMonitor(host, { name, paths, logDirectory, runFd, containerCgroup: cgroup });
  try {
    // From here to the request is the time that the monitor takes to come up, on another CPU.
    if (spec.rootfs.kind === 'overlay') {
      makeWritableLayer(paths);
    }
    const { session, started } = requestStart(host, place, run);
    await monitor.started;
    const container = await started;
    container.follow(session);
    container.monitor = monitor;
    return container;
  } catch (error) {
    // Until its launch is over it uses our descriptors. Its own error, if it has one, is known or comes second.
    await monitor.started.catch(() => {});
    throw error;
  }
}

/**
 * Starts a container run in a pod: directories, cgroups and a record of what is to come, then its monitor, then, by
 * the monitor, its first process. Resolves once that reached execve. Throws PEAPOD_LAUNCH_FAILED (`details.errno`,
 * `details.step`), PEAPOD_LAUNCH_TIMEOUT and the like, with nothing left behind but the log directory.
 */
export async function startContainer(host: Host, place: PodPlace, spec: ContainerSpec): Promise<Container> {
  const own = new Descriptors();
  try {
    return await launchRun(host, place, { spec, ...prepare(host, spec, own) });
  } catch (error) {
    await removeRun(host, spec);
    throw error;
  } finally {
    own.close();
  }
}
