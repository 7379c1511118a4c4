import { closeSync } from 'node:fs';
import { makeSocketPair } from '../kernel/descriptor-calls.js';
import type { Host } from '../kernel/host.js';
import { launch } from '../kernel/launch.js';
import { executableFd } from '../kernel/memfd.js';
import { waitForExit } from '../kernel/pidfd.js';
import { type EncodedPlan, PlanCache } from '../kernel/plan/encoded.js';
import { recordTexts } from '../kernel/record.js';
import { buildMonitorPlan } from './build-monitor-plan.js';
import type { ContainerRecord } from './record.js';
import { type RunPaths, socketName } from './run-paths.js';

/** A monitor that is our child. */
export interface Monitor {
  /** Rejects when it could not be started, with what it needs on the host. */
  readonly started: Promise<void>;
  /** Resolves when it has ended and was reaped. */
  readonly ended: Promise<void>;
  /** Our end of a connection to it, on which requests can be sent at once. The caller's to close. */
  readonly connection: number;
  /** It is still reaped, but our process does not stay alive for that. */
  letGo(): void;
}

export interface MonitorOptions {
  /** The container's. */
  readonly name: string;
  readonly paths: RunPaths;
  readonly logDirectory: string;
  readonly record: ContainerRecord;
}

/** They differ in texts only. */
const plans = new PlanCache('addon', 1);

function encodeMonitorPlan({ name, paths, logDirectory, record }: MonitorOptions): EncodedPlan {
  const { run, cgroup, monitorCgroup } = paths;
  const socket = `${run}/${socketName}`;
  return plans.encode({
    key: '',
    texts: { name, run, logDirectory, cgroup, monitorCgroup, socket, ...recordTexts(paths.record, record) },
    build: buildMonitorPlan,
  });
}

/** Begins to start the monitor of a container run, off the event loop, with all the run needs on the host. */
export function startMonitor(host: Host, options: MonitorOptions): Monitor {
  const [connection, session] = makeSocketPair();
  const fds = { monitor: executableFd('monitor'), null: host.nullFd, session };
  const launched = launch(encodeMonitorPlan(options), fds).finally(() => closeSync(session));
  const background = new AbortController();
  const ended = launched.then(({ pidfd }) =>
    waitForExit(pidfd, { background: background.signal }).finally(() => closeSync(pidfd)),
  );
  const started = launched.then(ignore);
  // Whoever fails before it waits for the monitor has an error of its own to tell.
  started.catch(ignore);
  return { started, ended: ended.then(ignore, ignore), connection, letGo: () => background.abort() };
}

function ignore(): void {}
