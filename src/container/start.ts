import { closeSync } from 'node:fs';
import { PeapodError } from '../errors.js';
import { killCgroup } from '../kernel/cgroup-remove.js';
import { type Host, monitorCgroup } from '../kernel/host.js';
import type { PodNamespaces } from '../kernel/namespaces.js';
import { type EncodedPlan, PlanCache } from '../kernel/plan/encoded.js';
import {
  type AttachIo,
  closeAttachment,
  type EarlyAttachment,
  openEarlyAttachment,
  sessionOf,
} from './attach.js';
import { buildGroundPlan, buildRunPlan, type GroundTexts, type RunTexts } from './build-run-plan.js';
import { buildStartPlan, type RootTexts, startInputs } from './build-start-plan.js';
import { clampProcess } from './clamp.js';
import { Container } from './container.js';
import { defer } from './deferred.js';
import { explainLaunchFailure } from './launch-failure.js';
import type { Monitor } from './monitor.js';
import type { Monitors } from './monitors.js';
import { encodePrepare, encodeStart, type FailedPhase, type MonitorMessage } from './protocol.js';
import type { ContainerRecord } from './record.js';
import { removeRun } from './remove-run.js';
import { groundTexts, type RunPaths, runPaths, runTexts, startPaths } from './run-paths.js';
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

/** What the preparations are encoded from: one for an overlay, one for any other root; and of each shape of container, its start. */
const groundPlans = new PlanCache('preparation', 2);
const runPlans = new PlanCache('preparation', 1);
const startPlans = new PlanCache('monitor', 64);

function encodeRequest(spec: ContainerSpec, { withSession }: { withSession: boolean }): Buffer {
  return encodeStart({
    withSession,
    name: spec.name,
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

/** What a monitor was asked for, by where a failure says it was. */
interface Plans {
  readonly prepare: EncodedPlan;
  readonly gated: EncodedPlan;
  readonly start: EncodedPlan;
}

function failedPlan(plans: Plans, phase: FailedPhase): EncodedPlan {
  return phase === 'prepare' || phase === 'gated' ? plans[phase] : plans.start;
}

/** Listens to the monitor that is asked to start a container; resolves once execve happened. */
function awaitStart(host: Host, { spec, paths, record, monitor }: Run, plans: Plans): Promise<Container> {
  let container: Container | undefined;
  const started = defer<Container>();
  const onMessage = (message: MonitorMessage, pidfd: number | undefined) => {
    if (message.type === 'started' && pidfd !== undefined) {
      container = new Container(host, spec, { paths, record, pidfd, startedAt: Date.now() });
      started.resolve(container);
    } else if (message.type === 'failed') {
      started.reject(explainLaunchFailure(failedPlan(plans, message.phase).plan(), message));
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

/** One for each shape of preparation: they are thought out before the monitor can begin. */
const prepareRequests = new WeakMap<EncodedPlan['slots'], Buffer>();

function prepareRequest({ slots }: EncodedPlan): Buffer {
  const known = prepareRequests.get(slots);
  if (known !== undefined) return known;
  const request = encodePrepare(slots);
  prepareRequests.set(slots, request);
  return request;
}

function prepare({ session }: Monitor, plan: EncodedPlan): EncodedPlan {
  sendPlan(session, { request: prepareRequest(plan), plan, fds: [] });
  return plan;
}

/** Asks the monitor for what the first process is born into, which it makes while we think its start out. */
function requestGround({ spec, paths, monitor }: Run): EncodedPlan {
  const build = (texts: GroundTexts) => buildGroundPlan(spec, texts);
  return prepare(monitor, groundPlans.encode({ key: spec.rootfs.kind, texts: groundTexts(paths), build }));
}

/** Asks the monitor for all else a run has on the host, which it makes while the first process is on its way. */
function requestRun({ spec, paths, record, monitor }: Run): EncodedPlan {
  const texts = runTexts({ paths, logDirectory: spec.logDirectory, record });
  const build = (named: RunTexts) => buildRunPlan(spec, named);
  return prepare(monitor, runPlans.encode({ key: '', texts, build }));
}

/**
 * Not in the key: what names the run, which is in no step, and what is filled in. What a process is clamped to is the same
 * for as long as we live.
 */
function encodeStartPlan(host: Host, place: PodPlace, { spec, paths }: Run): EncodedPlan {
  const { rootfs, readOnlyRootfs, mounts, stdin, process } = spec;
  const { scratch, hidden, ...texts } = startPaths(host, paths);
  // Part of the sandbox's spec, of which most is not theirs.
  const { network, ipc, uts, pid } = place.namespaces;
  const build = (texts: RootTexts) => {
    const clamped = { ...spec, process: clampProcess(process, host).process };
    return buildStartPlan(clamped, place.namespaces, { scratch, hidden, ...texts });
  };
  const shape = [rootfs, readOnlyRootfs, mounts, stdin, process, network, ipc, uts, pid, scratch, hidden];
  return startPlans.encode({ key: JSON.stringify(shape), texts, build });
}

/** Asks the monitor for the first process. */
function requestProcess(host: Host, place: PodPlace, run: Run): EncodedPlan {
  const { spec, monitor, early } = run;
  const plan = encodeStartPlan(host, place, run);
  const inputs: Record<(typeof startInputs)[number], number> = { sandbox: place.pidfd, state: host.stateFd };
  const fds = startInputs.map((name) => inputs[name]);
  if (early !== undefined) fds.push(early.connection);
  const request = encodeRequest(spec, { withSession: early !== undefined });
  sendPlan(monitor.session, { request, plan, fds });
  return plan;
}

/**
 * Asks the monitor, which need not be up yet, for a run: in the order in which it can begin with the parts of it, each
 * thought out while it makes the one before.
 */
function requestStart(host: Host, place: PodPlace, run: Run): Promise<Container> {
  const prepare = requestGround(run);
  const start = requestProcess(host, place, run);
  const gated = requestRun(run);
  return awaitStart(host, run, { prepare, start, gated });
}

async function launchRun(host: Host, place: PodPlace, run: Run): Promise<Container> {
  const { monitor, early } = run;
  const started = requestStart(host, place, run);
  // A monitor that is not up yet comes up meanwhile, on another CPU; should it not, its session ends, too.
  started.catch(() => {});
  await monitor.started;
  const container = await started;
  container.follow(monitor.session);
  container.monitor = monitor;
  if (early !== undefined) container.attached = sessionOf(container, early);
  return container;
}

/**
 * Ends a monitor whose start has failed, whatever it was doing: afterwards it makes nothing more, and all can be removed. It
 * may have started the container without our having heard of it.
 */
async function endFailed(host: Host, { name, session, started, ended }: Monitor): Promise<void> {
  session.close();
  // Its own error, if it has one, is known or comes second.
  await started.catch(() => {});
  killCgroup(monitorCgroup(host, name));
  await ended;
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
  const monitor = monitors.take(spec.process.capabilities);
  let early: EarlyAttachment | undefined;
  try {
    early = attach && openEarlyAttachment(attach);
    const record = buildRecord(spec, monitor);
    const started = launchRun(host, place, { spec, paths: runPaths(host, spec), record, monitor, early });
    // While the container is on its way.
    monitors.makeAnother();
    return await started;
  } catch (error) {
    if (early !== undefined) closeAttachment(early);
    await endFailed(host, monitor);
    await removeRun(host, spec, monitor);
    throw error;
  } finally {
    if (early !== undefined) closeSync(early.connection);
  }
}
