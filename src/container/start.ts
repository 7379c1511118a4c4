import { chmodSync, mkdirSync } from 'node:fs';
import { PeapodError } from '../errors.js';
import { makeSealedFile } from '../kernel/descriptor-calls.js';
import { Descriptors } from '../kernel/descriptors.js';
import type { Host } from '../kernel/host.js';
import { bindInputs } from '../kernel/launch.js';
import type { PodNamespaces } from '../kernel/namespaces.js';
import { type EncodedPlan, PlanCache } from '../kernel/plan/encoded.js';
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

/** Of one start. */
interface Run {
  readonly spec: ContainerSpec;
  readonly paths: RunPaths;
}

/** Of each shape of container, what a start is encoded from. */
const plans = new PlanCache('monitor', 64);

/** A plan for a monitor as a descriptor: no size limits, and nothing of it in anybody's argv. */
export function planFd({ wire }: EncodedPlan): number {
  return makeSealedFile('peapod-plan', wire);
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
  /** Resolves once execve happened. The session goes on, to tell the container of its end. */
  readonly started: Promise<Container>;
  readonly session: MonitorSession;
}

/** Listens to the monitor that was asked, over `fd`, to start the container of `plan`. */
function openSession(
  host: Host,
  spec: ContainerSpec,
  { plan, fd }: { plan: EncodedPlan; fd: number },
): StartSession {
  let container: Container | undefined;
  const started = defer<Container>();
  const onMessage = (message: MonitorMessage, pidfd: number | undefined) => {
    if (message.type === 'started' && pidfd !== undefined) {
      container = new Container(host, spec, { record: buildRecord(spec), pidfd, startedAt: Date.now() });
      started.resolve(container);
    } else if (message.type === 'failed') {
      started.reject(explainLaunchFailure(plan.plan(), message));
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
  const session = new MonitorSession(fd, { onMessage, onClose });
  return { session, started: started.promise };
}

/** Not in the key: what names the run, which is in no step, and what is filled in. */
function encodeStartPlan(host: Host, place: PodPlace, { spec, paths }: Run): EncodedPlan {
  const { process } = clampProcess(spec.process, host);
  const { upper, work, ...others } = startPaths(host, paths);
  const { rootfs, readOnlyRootfs, mounts, stdin } = spec;
  // Part of the sandbox's spec, of which most is not theirs.
  const { network, ipc, uts, pid } = place.namespaces;
  return plans.encode({
    key: JSON.stringify([rootfs, readOnlyRootfs, mounts, stdin, process, network, ipc, uts, pid, others]),
    texts: { upper, work },
    build: (texts) => buildStartPlan({ ...spec, process }, place.namespaces, { ...others, ...texts }),
  });
}

/** The writable layer's directories, made while the monitor comes up: the container mounts them. */
function makeWritableLayer({ disk, upper, work }: RunPaths): void {
  mkdirSync(disk, { recursive: true, mode: 0o700 });
  // The upper directory's own mode and owner are those of the container's root directory, whatever our umask.
  for (const path of [upper, work]) {
    mkdirSync(path);
    chmodSync(path, 0o755);
  }
}

/** Asks the monitor, which need not be up yet, for the container's first process. */
function requestStart(host: Host, place: PodPlace, run: Run & { connection: number }): StartSession {
  const { spec, paths, connection } = run;
  const own = new Descriptors();
  own.keep(connection);
  try {
    if (spec.rootfs.kind === 'overlay') makeWritableLayer(paths);
    const plan = encodeStartPlan(host, place, run);
    const wire = own.keep(planFd(plan));
    const fds = { sandbox: place.pidfd, state: host.stateFd };
    // The cgroup the monitor has, the streams it makes.
    const inputs = bindInputs(plan, fds, ['cgroup', ...streamInputs(spec.process.terminal)]);
    const start = openSession(host, spec, { plan, fd: own.release(connection) });
    start.session.send(encodeRequest(spec), [wire, ...inputs]);
    return start;
  } finally {
    own.close();
  }
}

async function launchRun(host: Host, place: PodPlace, run: Run): Promise<Container> {
  const { spec, paths } = run;
  const { name, logDirectory } = spec;
  const monitor = startMonitor(host, { name, paths, logDirectory, record: buildRecord(spec) });
  try {
    // Meanwhile, on another CPU, the monitor comes up.
    const { session, started } = requestStart(host, place, { ...run, connection: monitor.connection });
    started.catch(() => session.close());
    await monitor.started;
    const container = await started;
    container.follow(session);
    container.monitor = monitor;
    return container;
  } catch (error) {
    // Its own error, if it has one, is known or comes second.
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
  try {
    return await launchRun(host, place, { spec, paths: runPaths(host, spec) });
  } catch (error) {
    await removeRun(host, spec);
    throw error;
  }
}
