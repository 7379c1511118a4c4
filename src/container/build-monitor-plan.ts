import { O_DIRECTORY, O_PATH } from '../kernel/constants.js';
import type { Step } from '../kernel/plan/schema.js';
import type { LaunchPlan } from '../kernel/plan/types.js';

/** What the monitor finds at which descriptor: native/monitor/monitor.h has the other side. */
const descriptors = [
  ['null', 0],
  ['null', 1],
  ['null', 2],
  ['listener', 3],
  ['run', 4],
  ['log', 5],
  ['containerCgroup', 6],
] as const;

/**
 * The plan of a container's monitor: no namespace of its own, a session and a cgroup of its own, nothing inherited
 * but what it is given. `name` is for people who look at `ps`.
 */
export function buildMonitorPlan(name: string): LaunchPlan {
  return {
    version: 1,
    name: `the monitor of ${name}`,
    clone: { flags: 0, secondFlags: 0, cgroup: 'cgroup' },
    inputs: ['cgroup', 'monitor', 'null', 'listener', 'run', 'log', 'containerCgroup'],
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
