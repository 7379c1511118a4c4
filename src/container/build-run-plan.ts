import { O_DIRECTORY, O_RDONLY } from '../kernel/constants.js';
import type { Step } from '../kernel/plan/schema.js';
import { type LaunchPlan, planOwnSteps } from '../kernel/plan/types.js';
import { socketName } from './socket-name.js';
import type { ContainerSpec } from './spec.js';

/** Connections that may wait for the monitor to take them. */
const BACKLOG = 128;

type RunSpec = Pick<ContainerSpec, 'name' | 'rootfs'>;

/** What is another in every run, for the first part of it… For types, not interfaces, since texts are filled into plans by name. */
export type GroundTexts = {
  readonly cgroup: string;
  /** Where the writable layer is. */
  readonly disk: string;
};

/** …and for the rest. */
export type RunTexts = {
  readonly run: string;
  readonly logDirectory: string;
  readonly socket: string;
  /** The run's record: where it is, where it is written first, and what it says. */
  readonly record: string;
  readonly temporary: string;
  readonly content: string;
};

function openDirectory(path: string, out: string): Step {
  return { op: 'openPath', path, flags: O_RDONLY | O_DIRECTORY, out };
}

function makeDirectory(path: string, mode = 0o700): Step {
  return { op: 'ensureDirectory', path, mode };
}

/** The upper directory's own mode and owner are those of the container's root directory, whatever our umask. */
function makeWritableLayer(disk: string): Step[] {
  return [
    makeDirectory(disk),
    openDirectory(disk, 'disk'),
    ...['upper', 'work'].map((name): Step => ({ op: 'makeDirectory', directory: 'disk', name, mode: 0o755 })),
  ];
}

/**
 * What a container's first process is born into, and what its root is made of. For its monitor, which does it while the start
 * is still being thought out.
 */
export function buildGroundPlan({ name, rootfs }: RunSpec, { cgroup, disk }: GroundTexts): LaunchPlan {
  return planOwnSteps(`container ${name}`, [
    makeDirectory(cgroup, 0o755),
    openDirectory(cgroup, 'cgroup'),
    ...(rootfs.kind === 'overlay' ? makeWritableLayer(disk) : []),
  ]);
}

/**
 * The rest of what a run has on the host: its directory, the record that tells of it, the listening socket, the log. For its
 * monitor, which does it while the first process is on its way to its gate: no run is without a record that came to execve.
 */
export function buildRunPlan({ name }: RunSpec, texts: RunTexts): LaunchPlan {
  const { run, record, temporary, content, logDirectory, socket } = texts;
  return planOwnSteps(`container ${name}`, [
    makeDirectory(run),
    { op: 'writeRecord', path: record, temporary, content },
    openDirectory(run, 'run'),
    {
      op: 'listenUnix',
      path: socket,
      directory: 'run',
      name: socketName,
      backlog: BACKLOG,
      out: 'listener',
    },
    makeDirectory(logDirectory),
    openDirectory(logDirectory, 'log'),
  ]);
}
