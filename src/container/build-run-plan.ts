import { O_DIRECTORY, O_RDONLY } from '../kernel/constants.js';
import type { Step } from '../kernel/plan/schema.js';
import type { LaunchPlan } from '../kernel/plan/types.js';
import { buildOverlaySteps } from '../rootfs/overlay.js';
import { socketName } from './socket-name.js';
import type { ContainerSpec } from './spec.js';

/** Connections that may wait for the monitor to take them. */
const BACKLOG = 128;

type RootSource = ContainerSpec['rootfs'];
type OverlayRoot = Extract<RootSource, { kind: 'overlay' }>;

/** The writable layer, relative to the state directory. For a type, not an interface, since texts are filled into plans by name. */
export type RootTexts = {
  readonly upper: string;
  readonly work: string;
};

/** What is another in every run. */
export type RunTexts = RootTexts & {
  readonly run: string;
  readonly logDirectory: string;
  readonly cgroup: string;
  readonly socket: string;
  /** The run's record: where it is, where it is written first, and what it says. */
  readonly record: string;
  readonly temporary: string;
  readonly content: string;
  /** Where the writable layer is. */
  readonly disk: string;
};

/** The overlay of an image, `rootfs`. */
export function buildRootSteps({ layers }: OverlayRoot, { upper, work }: RootTexts): Step[] {
  return buildOverlaySteps({ state: 'state', layers, upper, work });
}

/** True for a root that is made ahead of the container's process, which the monitor can where it need not leave the host's mounts. */
export function isPreparedRoot(rootfs: RootSource, texts: RootTexts): rootfs is OverlayRoot {
  return rootfs.kind === 'overlay' && !buildRootSteps(rootfs, texts).some(({ op }) => op === 'unshare');
}

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

/** What must be there before the container is; the record, which tells of the run, comes before all else of it. */
function buildSteps(rootfs: RootSource, texts: RunTexts): Step[] {
  const { run, record, temporary, content, logDirectory, cgroup, socket, disk } = texts;
  return [
    makeDirectory(run),
    { op: 'writeRecord', path: record, temporary, content },
    openDirectory(run, 'run'),
    { op: 'listenUnix', path: socket, directory: 'run', name: socketName, backlog: BACKLOG, out: 'listener' },
    makeDirectory(logDirectory),
    openDirectory(logDirectory, 'log'),
    makeDirectory(cgroup, 0o755),
    openDirectory(cgroup, 'cgroup'),
    ...(rootfs.kind === 'overlay' ? makeWritableLayer(disk) : []),
    ...(isPreparedRoot(rootfs, texts) ? buildRootSteps(rootfs, texts) : []),
  ];
}

/**
 * What a run of a container has on the host: directories, record, cgroup, listening socket, and most often its root. For
 * its monitor, which does it while the start is still being thought out. Its input is `state`, the state directory.
 */
export function buildRunPlan(
  { name, rootfs }: Pick<ContainerSpec, 'name' | 'rootfs'>,
  texts: RunTexts,
): LaunchPlan {
  return {
    version: 1,
    name: `container ${name}`,
    clone: { flags: 0, secondFlags: 0, cgroup: null },
    inputs: ['state'],
    before: buildSteps(rootfs, texts),
    join: [],
    child: [],
  };
}
