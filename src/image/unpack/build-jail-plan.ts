import { type CapabilityName, capabilityMask } from '../../kernel/capabilities.js';
import {
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  O_DIRECTORY,
  O_PATH,
} from '../../kernel/constants.js';
import { buildPivotSteps, makePrivate } from '../../kernel/plan/pivot.js';
import type { LaunchPlan } from '../../kernel/plan/types.js';

/** What it takes to make any file with any owner; nothing of it reaches beyond the files of the root. */
const capabilities: readonly CapabilityName[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_MKNOD',
  'CAP_SETFCAP',
];

/**
 * The plan of the process that unpacks a layer: `directory` is its root and all it sees, devices and programs in it do
 * nothing there, and it holds no descriptor but the two it talks over. Inputs: `unpack` (the program), `commands` and
 * `answers`, which become 0 and 1.
 */
export function buildJailPlan(directory: string): LaunchPlan {
  const held = capabilityMask(capabilities);
  return {
    version: 1,
    name: 'the unpacking of a layer',
    clone: {
      flags: CLONE_NEWNS + CLONE_NEWNET + CLONE_NEWIPC + CLONE_NEWUTS + CLONE_NEWPID,
      secondFlags: 0,
      cgroup: null,
    },
    inputs: ['unpack', 'commands', 'answers'],
    join: [],
    child: [
      { op: 'createSession' },
      makePrivate,
      { op: 'cloneTree', path: directory, flags: 0, out: 'root' },
      {
        op: 'setMountAttributes',
        mount: 'root',
        set: MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
        clear: 0,
        propagation: 0,
        flags: 0,
      },
      { op: 'openPath', path: directory, flags: O_PATH | O_DIRECTORY, out: 'anchor' },
      { op: 'attachMount', mount: 'root', target: 'anchor' },
      ...buildPivotSteps('root'),
      { op: 'duplicateFd', fd: 'commands', number: 0 },
      { op: 'duplicateFd', fd: 'answers', number: 1 },
      { op: 'limitCapabilities', keep: held },
      { op: 'setCapabilities', effective: held, permitted: held, inheritable: 0 },
      { op: 'setNoNewPrivileges' },
      { op: 'closeOnExec', first: 2 },
      { op: 'resetSignals' },
      { op: 'execFd', file: 'unpack', argv: ['peapod-unpack'], envp: [] },
    ],
  };
}
