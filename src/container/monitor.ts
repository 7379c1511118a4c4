import { closeSync } from 'node:fs';
import { Cgroup } from '../kernel/cgroup.js';
import { AT_FDCWD, O_DIRECTORY, O_RDONLY } from '../kernel/constants.js';
import type { Host } from '../kernel/host.js';
import { launch } from '../kernel/launch.js';
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

/**
 * Starts the monitor of a container run. Its socket listens before it runs: connections and requests wait in it.
 * `started` rejects when the monitor could not be started; `ended` resolves when it has ended and was reaped.
 */
export function startMonitor(host: Host, options: MonitorOptions): { started: Promise<void>; ended: Promise<void> } {
  const cgroup = Cgroup.create(options.paths.monitorCgroup);
  const listener = binding().listenUnix(options.runFd, socketName, 'seqpacket', BACKLOG);
  const log = openDirectory(options.logDirectory);
  const fds = {
    cgroup: cgroup.fd,
    monitor: executableFd('monitor'),
    null: host.nullFd,
    listener,
    run: options.runFd,
    log,
    containerCgroup: options.containerCgroup.fd,
  };
  const launched = launch(buildMonitorPlan(options.name), fds).finally(() => {
    cgroup.close();
    closeSync(listener);
    closeSync(log);
  });
  const ended = launched.then(({ pidfd }) => waitForExit(pidfd).finally(() => closeSync(pidfd)));
  return { started: launched.then(() => {}), ended: ended.then(ignore, ignore) };
}

function ignore(): void {}
