import { closeSync } from 'node:fs';
import { Cgroup } from '../kernel/cgroup.js';
import { AT_FDCWD, O_DIRECTORY, O_RDONLY } from '../kernel/constants.js';
import { Descriptors } from '../kernel/descriptors.js';
import type { Host } from '../kernel/host.js';
import { type Launched, launch } from '../kernel/launch.js';
import { executableFd } from '../kernel/memfd.js';
import { waitForExit } from '../kernel/pidfd.js';
import { binding } from '../native/binding.js';
import { buildMonitorPlan } from './build-monitor-plan.js';
import { type RunPaths, socketName } from './run-paths.js';

/** Connections that may wait for the monitor to take them. */
const BACKLOG = 128;

export function openDirectory(path: string): number {
  return binding().openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
}

export interface MonitorOptions {
  readonly name: string;
  readonly paths: RunPaths;
  readonly logDirectory: string;
  /** The open run directory, in which the monitor's socket is made. */
  readonly runFd: number;
  readonly containerCgroup: Cgroup;
}

/** What is opened for the monitor is kept in `own`, until the launch is over. */
async function launchMonitor(host: Host, options: MonitorOptions, own: Descriptors): Promise<Launched> {
  const fds = {
    cgroup: own.keep(Cgroup.create(options.paths.monitorCgroup).fd),
    monitor: executableFd('monitor'),
    null: host.nullFd,
    listener: own.keep(binding().listenUnix(options.runFd, socketName, 'seqpacket', BACKLOG)),
    run: options.runFd,
    log: own.keep(openDirectory(options.logDirectory)),
    containerCgroup: options.containerCgroup.fd,
  };
  return await launch(buildMonitorPlan(options.name), fds);
}

/**
 * Starts the monitor of a container run. Its socket listens before it runs: connections and requests wait in it.
 * `started` rejects when the monitor could not be started, and until it settles the launch uses the descriptors of
 * `options`; `ended` resolves when the monitor has ended and was reaped.
 */
export function startMonitor(
  host: Host,
  options: MonitorOptions,
): { started: Promise<void>; ended: Promise<void> } {
  const own = new Descriptors();
  const launched = launchMonitor(host, options, own).finally(() => own.close());
  const ended = launched.then(({ pidfd }) => waitForExit(pidfd).finally(() => closeSync(pidfd)));
  const started = launched.then(ignore);
  // Whoever fails before it waits for the monitor has an error of its own to tell.
  started.catch(ignore);
  return { started, ended: ended.then(ignore, ignore) };
}

function ignore(): void {}
