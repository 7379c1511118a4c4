import { closeSync } from 'node:fs';
import { Cgroup } from '../kernel/cgroup.js';
import { openDirectory } from '../kernel/descriptor-calls.js';
import { Descriptors } from '../kernel/descriptors.js';
import type { Host } from '../kernel/host.js';
import { launch } from '../kernel/launch.js';
import { executableFd } from '../kernel/memfd.js';
import { waitForExit } from '../kernel/pidfd.js';
import { listenSocket } from '../kernel/socket.js';
import { buildMonitorPlan } from './build-monitor-plan.js';
import { type RunPaths, socketName } from './run-paths.js';

/** Connections that may wait for the monitor to take them. */
const BACKLOG = 128;

export interface MonitorOptions {
  readonly name: string;
  readonly paths: RunPaths;
  readonly logDirectory: string;
  /** The open run directory, in which the monitor's socket is made. */
  readonly runFd: number;
  readonly containerCgroup: Cgroup;
}

/** What is opened for the monitor is kept in `own`, and closed if not all can be. */
function openInputs(host: Host, options: MonitorOptions, own: Descriptors): Record<string, number> {
  try {
    return {
      cgroup: own.keep(Cgroup.create(options.paths.monitorCgroup).fd),
      monitor: executableFd('monitor'),
      null: host.nullFd,
      listener: own.keep(listenSocket(options.runFd, socketName, BACKLOG)),
      run: options.runFd,
      log: own.keep(openDirectory(options.logDirectory)),
      containerCgroup: options.containerCgroup.fd,
    };
  } catch (error) {
    own.close();
    throw error;
  }
}

/** A monitor that is our child. */
export interface Monitor {
  /** Rejects when it could not be started; until it settles the launch uses the descriptors it was given. */
  readonly started: Promise<void>;
  /** Resolves when it has ended and was reaped. */
  readonly ended: Promise<void>;
  /** It is still reaped, but our process does not stay alive for that. */
  letGo(): void;
}

/** Starts the monitor of a container run. Its socket listens before it runs: connections and requests wait in it. */
export function startMonitor(host: Host, options: MonitorOptions): Monitor {
  const own = new Descriptors();
  const fds = openInputs(host, options, own);
  const launched = launch(buildMonitorPlan(options.name), fds).finally(() => own.close());
  const background = new AbortController();
  const ended = launched.then(({ pidfd }) =>
    waitForExit(pidfd, { background: background.signal }).finally(() => closeSync(pidfd)),
  );
  const started = launched.then(ignore);
  // Whoever fails before it waits for the monitor has an error of its own to tell.
  started.catch(ignore);
  return { started, ended: ended.then(ignore, ignore), letGo: () => background.abort() };
}

function ignore(): void {}
