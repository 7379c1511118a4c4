import { containerCgroup, type Host } from '../kernel/host.js';
import { containerDirectory, containerRunDirectory } from '../kernel/paths.js';
import { recordTexts } from '../kernel/record.js';
import type { GroundTexts, RunTexts } from './build-run-plan.js';
import type { StartPaths } from './build-start-plan.js';
import type { ContainerRecord } from './record.js';
import { socketName } from './socket-name.js';

/** Names one run of one container. */
export interface RunId {
  readonly podUid: string;
  readonly name: string;
  readonly attempt: number;
}

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
}

export function runPaths(host: Host, id: RunId): RunPaths {
  const run = containerRunDirectory(host.paths, id.podUid, id.name, id.attempt);
  const disk = containerDirectory(host.paths, id.podUid, id.name, id.attempt);
  return {
    run,
    disk,
    upper: `${disk}/upper`,
    work: `${disk}/work`,
    record: `${run}/container.json`,
    started: `${run}/started.json`,
    exit: `${run}/exit.json`,
    cgroup: containerCgroup(host, id),
  };
}

/** Relative to the state directory. */
function belowState(host: Host, path: string): string {
  return path.slice(host.paths.state.length + 1);
}

/** What a run's plan is made from besides its spec's own. */
export interface RunFacts {
  readonly paths: RunPaths;
  readonly logDirectory: string;
  readonly record: ContainerRecord;
}

/** Paths of a run, as the first part of its preparation needs them. */
export function groundTexts({ cgroup, disk }: RunPaths): GroundTexts {
  return { cgroup, disk };
}

/** Paths of a run, as the rest of its preparation needs them. */
export function runTexts({ paths, logDirectory, record }: RunFacts): RunTexts {
  const { run } = paths;
  const { record: path, temporary, content } = recordTexts(paths.record, record);
  return { run, logDirectory, socket: `${run}/${socketName}`, record: path, temporary, content };
}

/** Paths of a run, as the plan of its start needs them. */
export function startPaths(host: Host, { upper, work }: RunPaths): StartPaths {
  const { anchor, hidden } = host;
  return { upper: belowState(host, upper), work: belowState(host, work), scratch: anchor, hidden };
}
