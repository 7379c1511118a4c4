import { closeSync } from 'node:fs';
import { PeapodError } from '../errors.js';
import type { Host } from '../kernel/host.js';
import { bindInputs } from '../kernel/launch.js';
import type { PodNamespaces } from '../kernel/namespaces.js';
import { type EncodedPlan, PlanCache } from '../kernel/plan/encoded.js';
import { deviceMounts } from '../rootfs/devices.js';
import {
  type AttachIo,
  closeAttachment,
  type EarlyAttachment,
  openEarlyAttachment,
  sessionOf,
} from './attach.js';
import { buildStartPlan, type RunTexts } from './build-start-plan.js';
import { clampProcess } from './clamp.js';
import { Container } from './container.js';
import { defer } from './deferred.js';
import { explainLaunchFailure } from './launch-failure.js';
import type { Monitor } from './monitor.js';
import type { Monitors } from './monitors.js';
import { streamInputs } from './process-steps.js';
import { encodeStart, type MonitorMessage } from './protocol.js';
import type { ContainerRecord } from './record.js';
import { removeRun } from './remove-run.js';
import { type RunPaths, runPaths, startPaths } from './run-paths.js';
import { sendPlan } from './send-plan.js';
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
  readonly record: ContainerRecord;
  readonly monitor: Monitor;
  readonly early: EarlyAttachment | undefined;
}

/** Of each shape of container, what a start is encoded from. */
const plans = new PlanCache('monitor', 64);

function encodeRequest(
  spec: ContainerSpec,
  { plan, withSession }: { plan: EncodedPlan; withSession: boolean },
): Buffer {
  return encodeStart({
    withSession,
    name: spec.name,
    slots: { run: plan.slot('run'), log: plan.slot('log'), listener: plan.slot('listener') },
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

function buildRecord(spec: ContainerSpec, monitor: Monitor): ContainerRecord {
  return { version: 1, stopSignal: spec.stopSignal, terminal: spec.process.terminal, monitor: monitor.name };
}

/** Listens to the monitor that is asked to start the container of `plan`; resolves once execve happened. */
function awaitStart(
  host: Host,
  { spec, paths, record, monitor }: Run,
  plan: EncodedPlan,
): Promise<Container> {
  let container: Container | undefined;
  const started = defer<Container>();
  const onMessage = (message: MonitorMessage, pidfd: number | undefined) => {
    if (message.type === 'started' && pidfd !== undefined) {
      container = new Container(host, spec, { paths, record, pidfd, startedAt: Date.now() });
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
  // The session goes on after the start, to tell the container of its end.
  monitor.session.listen({ onMessage, onClose });
  return started.promise;
}

/**
 * Not in the key: what names the run, which is in no step, and what is filled in. What a process is clamped to is the same
 * for as long as we live.
 */
function encodeStartPlan(host: Host, place: PodPlace, { spec, paths, record }: Run): EncodedPlan {
  const { logDirectory, rootfs, readOnlyRootfs, mounts, stdin, process } = spec;
  const { scratch, hidden, ...texts } = startPaths(host, { paths, logDirectory, record });
  // Part of the sandbox's spec, of which most is not theirs.
  const { network, ipc, uts, pid } = place.namespaces;
  const build = (texts: RunTexts) => {
    const clamped = { ...spec, process: clampProcess(process, host).process };
    return buildStartPlan(clamped, place.namespaces, { scratch, hidden, ...texts });
  };
  const shape = [rootfs, readOnlyRootfs, mounts, stdin, process, network, ipc, uts, pid, scratch, hidden];
  return plans.encode({ key: JSON.stringify(shape), texts, build });
}

/** Asks the monitor, which need not be up yet, for all a run has on the host and its first process. */
function requestStart(host: Host, place: PodPlace, run: Run): Promise<Container> {
  const { spec, monitor, early } = run;
  const plan = encodeStartPlan(host, place, run);
  const fds = { sandbox: place.pidfd, state: host.stateFd };
  // What the monitor has, the streams it makes.
  const inputs = bindInputs(plan, fds, [...deviceMounts, ...streamInputs(spec.process.terminal)]);
  const started = awaitStart(host, run, plan);
  const connections = early === undefined ? [] : [early.connection];
  const request = encodeRequest(spec, { plan, withSession: early !== undefined });
  sendPlan(monitor.session, { request, plan, fds: [...inputs, ...connections] });
  return started;
}

async function launchRun(host: Host, place: PodPlace, run: Run): Promise<Container> {
  const { monitor, early } = run;
  try {
    const started = requestStart(host, place, run);
    // A monitor that is not up yet comes up meanwhile, on another CPU; should it not, its session ends, too.
    started.catch(() => {});
    await monitor.started;
    const container = await started;
    container.follow(monitor.session);
    container.monitor = monitor;
    if (early !== undefined) container.attached = sessionOf(container, early);
    return container;
  } catch (error) {
    monitor.session.close();
    if (early !== undefined) closeAttachment(early);
    // Its own error, if it has one, is known or comes second.
    await monitor.started.catch(() => {});
    throw error;
  }
}

/**
 * Starts a container run in a pod: a monitor, and by it directories, cgroup and a record of what is to come, then its
 * first process. Resolves once that reached execve. Throws PEAPOD_LAUNCH_FAILED (`details.errno`, `details.step`),
 * PEAPOD_LAUNCH_TIMEOUT and the like, with nothing left behind but the log directory.
 *
 * @param attach asks for a session, `attached` of the container, that misses nothing it writes.
 */
export async function startContainer(
  monitors: Monitors,
  place: PodPlace,
  spec: ContainerSpec,
  attach?: AttachIo,
): Promise<Container> {
  const { host } = monitors;
  const early = attach && openEarlyAttachment(attach);
  const monitor = monitors.take();
  try {
    const record = buildRecord(spec, monitor);
    return await launchRun(host, place, { spec, paths: runPaths(host, spec), record, monitor, early });
  } catch (error) {
    await removeRun(host, spec, monitor);
    throw error;
  } finally {
    if (early !== undefined) closeSync(early.connection);
  }
}
