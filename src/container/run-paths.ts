import { join, relative } from 'node:path';
import { containerCgroup, type Host, monitorCgroup } from '../kernel/host.js';
import { containerDirectory, containerRunDirectory } from '../kernel/paths.js';
import type { StartPaths } from './build-start-plan.js';

/** Names one run of one container. */
export interface RunId {
  readonly podUid: string;
  readonly name: string;
  readonly attempt: number;
}

export const socketName = 'monitor.sock';

/** Everything on this machine that belongs to one run of a container, by name: what is made, found again, removed. */
export interface RunPaths {
  /** Socket and records, volatile. */
  readonly run: string;
  /** The writable layer, on disk. */
  readonly disk: string;
  readonly upper: string;
  readonly work: string;
  readonly record: string;
  readonly started: string;
  readonly exit: string;
  readonly cgroup: string;
  readonly monitorCgroup: string;
}

export function runPaths(host: Host, id: RunId): RunPaths {
  const run = containerRunDirectory(host.paths, id.podUid, id.name, id.attempt);
  const disk = containerDirectory(host.paths, id.podUid, id.name, id.attempt);
  return {
    run,
    disk,
    upper: join(disk, 'upper'),
    work: join(disk, 'work'),
    record: join(run, 'container.json'),
    started: join(run, 'started.json'),
    exit: join(run, 'exit.json'),
    cgroup: containerCgroup(host, id),
    monitorCgroup: monitorCgroup(host, id),
  };
}

/** The same, as the start plan needs them. */
export function startPaths(host: Host, paths: RunPaths): StartPaths {
  return {
    upper: relative(host.paths.state, paths.upper),
    work: relative(host.paths.state, paths.work),
    scratch: host.anchor,
    hidden: [host.paths.state, host.paths.run],
  };
}
