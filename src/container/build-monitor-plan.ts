import { O_DIRECTORY, O_PATH, O_RDONLY } from '../kernel/constants.js';
import type { Step } from '../kernel/plan/schema.js';
import type { LaunchPlan } from '../kernel/plan/types.js';
import { socketName } from './run-paths.js';

/** Connections that may wait for the monitor to take them. */
const BACKLOG = 128;

/** What the monitor finds at which descriptor: native/monitor/monitor.h has the other side. */
const descriptors = [
  ['null', 0],
  ['null', 1],
  ['null', 2],
  ['listener', 3],
  ['run', 4],
  ['log', 5],
  ['containerCgroup', 6],
  ['session', 7],
] as const;

/** What differs between monitors. */
export type MonitorTexts = {
  /** The container's name, for people who look at `ps`. */
  readonly name: string;
  readonly run: string;
  readonly logDirectory: string;
  readonly cgroup: string;
  readonly monitorCgroup: string;
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

/** What must be there before the monitor is; the record, which tells of the run, comes before all else of it. */
function buildBefore(texts: MonitorTexts): Step[] {
  const { run, logDirectory, cgroup, monitorCgroup, socket, record, temporary, content } = texts;
  return [
    makeDirectory(run),
    { op: 'writeRecord', path: record, temporary, content },
    makeDirectory(logDirectory),
    makeDirectory(monitorCgroup, 0o755),
    openDirectory(monitorCgroup, 'cgroup'),
    makeDirectory(cgroup, 0o755),
    openDirectory(cgroup, 'containerCgroup'),
    openDirectory(logDirectory, 'log'),
    openDirectory(run, 'run'),
    { op: 'listenUnix', path: socket, directory: 'run', name: socketName, backlog: BACKLOG, out: 'listener' },
  ];
}

/**
 * The plan of a container's monitor: no namespace of its own, a session and a cgroup of its own, nothing inherited but
 * what it is given. Before it, all that a run needs on the host. Inputs: `monitor`, `null`, and `session`, its end of a
 * first connection: what is asked over it waits there until the monitor is up.
 */
export function buildMonitorPlan(texts: MonitorTexts): LaunchPlan {
  const { name } = texts;
  return {
    version: 1,
    name: `the monitor of ${name}`,
    clone: { flags: 0, secondFlags: 0, cgroup: 'cgroup' },
    inputs: ['monitor', 'null', 'session'],
    before: buildBefore(texts),
    join: [],
    child: [
      { op: 'createSession' },
      { op: 'openPath', path: '/', flags: O_PATH | O_DIRECTORY, out: 'root' },
      { op: 'changeDirectory', directory: 'root' },
      ...descriptors.map(([fd, number]): Step => ({ op: 'duplicateFd', fd, number })),
      { op: 'setUmask', mode: 0o077 },
      { op: 'closeOnExec', first: descriptors.length },
      { op: 'resetSignals' },
      { op: 'execFd', file: 'monitor', argv: ['peapod-monitor', name], envp: [] },
    ],
  };
}
