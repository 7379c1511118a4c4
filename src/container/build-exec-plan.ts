import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
  O_DIRECTORY,
  O_PATH,
} from '../kernel/constants.js';
import type { LaunchPlan } from '../kernel/plan/types.js';
import { buildProcessSteps, streamInputs } from './process-steps.js';
import type { ProcessSpec } from './spec.js';

const everyNamespace =
  CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS;

/**
 * The plan of a process that enters a running container: born in its cgroup, it joins every namespace of the
 * container's init, and so sees what init sees, its root included. Inputs: `cgroup`, `target` (a pidfd of init),
 * then the streams.
 */
export function buildExecPlan(container: string, process: ProcessSpec): LaunchPlan {
  return {
    version: 1,
    name: `exec in ${container}`,
    clone: { flags: 0, secondFlags: 0, cgroup: 'cgroup' },
    inputs: ['cgroup', 'target', ...streamInputs(process.terminal)],
    join: [
      { op: 'closeOthers', first: 3 },
      { op: 'joinNamespaces', target: 'target', flags: everyNamespace },
    ],
    child: [
      { op: 'openPath', path: '/', flags: O_PATH | O_DIRECTORY, out: 'root' },
      { op: 'openIn', root: 'root', path: process.cwd, flags: O_PATH | O_DIRECTORY, out: 'cwd' },
      { op: 'changeDirectory', directory: 'cwd' },
      ...buildProcessSteps(process, 'stdin'),
    ],
  };
}
