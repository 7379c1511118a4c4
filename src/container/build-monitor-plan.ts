import { O_DIRECTORY, O_PATH, O_RDONLY } from '../kernel/constants.js';
import type { Step } from '../kernel/plan/schema.js';
import { type LaunchPlan, planOwnSteps } from '../kernel/plan/types.js';
import { deviceMounts, makeDeviceSteps } from '../rootfs/devices.js';

/** What the monitor finds at which descriptor: native/monitor/monitor.h has the other side. */
const descriptors = ['session', ...deviceMounts].map((fd, index) => [fd, 3 + index] as const);
const standard = [0, 1, 2].map((number) => ['null', number] as const);

/** A monitor is named in `ps` when it gets its container. */
const roomForName = ' '.repeat(63);

/** What differs between monitors. */
export type MonitorTexts = { readonly monitorCgroup: string };

/**
 * The plan of a monitor, which is for any container: no namespace of its own, a session and a cgroup of its own, nothing
 * inherited but what it is given, and /dev of the container to come. All that is one container's comes with PREPARE and START.
 * Inputs: `monitor`, `null`, and `session`, its end of a first connection: what is asked over it waits there until the
 * monitor is up.
 */
export function buildMonitorPlan({ monitorCgroup }: MonitorTexts): LaunchPlan {
  return {
    version: 1,
    name: 'a monitor',
    clone: { flags: 0, secondFlags: 0, cgroup: 'cgroup' },
    inputs: ['monitor', 'null', 'session'],
    before: [
      { op: 'ensureDirectory', path: monitorCgroup, mode: 0o755 },
      { op: 'openPath', path: monitorCgroup, flags: O_RDONLY | O_DIRECTORY, out: 'cgroup' },
    ],
    join: [],
    child: [
      { op: 'createSession' },
      { op: 'openPath', path: '/', flags: O_PATH | O_DIRECTORY, out: 'root' },
      { op: 'changeDirectory', directory: 'root' },
      // All it makes, and makes for its container, has a mode of its own.
      { op: 'setUmask', mode: 0 },
      ...makeDeviceSteps,
      ...[...standard, ...descriptors].map(([fd, number]): Step => ({ op: 'duplicateFd', fd, number })),
      { op: 'closeOnExec', first: 3 + descriptors.length },
      { op: 'resetSignals' },
      { op: 'execFd', file: 'monitor', argv: ['peapod-monitor', roomForName], envp: [] },
    ],
  };
}

/** What a monitor does as soon as it is up: `keep` is the bounding set of its container to come, and of what enters that. */
export function buildLimitPlan(keep: number): LaunchPlan {
  return planOwnSteps('a monitor', [{ op: 'limitCapabilities', keep }]);
}
