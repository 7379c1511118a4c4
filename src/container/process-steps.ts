import { PeapodError } from '../errors.js';
import { capabilityMask, parseCapability } from '../kernel/capabilities.js';
import { RLIMITS } from '../kernel/constants.js';
import type { Step } from '../kernel/plan/schema.js';
import type { ContainerUser, ProcessSpec } from './spec.js';

/** Names of the plan's inputs that carry standard input, output and error, in the order the monitor appends them. */
export const stdioInputs = ['stdin', 'stdout', 'stderr'] as const;
/** The one input in their place when the process gets a terminal: the socket its master goes back on. */
export const terminalInput = 'terminalSocket';

/** What a shell falls back to when the environment names no PATH. */
const FALLBACK_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The inputs that give a process its standard streams. */
export function streamInputs(terminal: boolean): readonly string[] {
  return terminal ? [terminalInput] : stdioInputs;
}

/** What execve is tried on: argv[0] itself when it has a slash, else it in each directory of the environment's PATH. */
export function candidatePaths(argv0: string, env: readonly string[]): string[] {
  if (argv0.includes('/')) {
    return [argv0];
  }
  const path = env.findLast((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? FALLBACK_PATH;
  // An empty component is the working directory (POSIX.1, 8.3).
  return path.split(':').map((directory) => (directory === '' ? `./${argv0}` : `${directory}/${argv0}`));
}

function buildTerminalSteps(uid: number, gid: number): Step[] {
  return [
    { op: 'openTerminal', path: '/dev/pts/ptmx', out: 'terminal', peer: 'terminalPeer' },
    { op: 'changeOwner', fd: 'terminalPeer', uid, gid },
    { op: 'sendFd', socket: terminalInput, fd: 'terminal' },
    { op: 'setControllingTerminal', terminal: 'terminalPeer' },
    ...[0, 1, 2].map((number): Step => ({ op: 'duplicateFd', fd: 'terminalPeer', number })),
  ];
}

/** The pipes are ours, and so root's; another owner may reopen them as /dev/stdout. */
function buildPipeSteps({ uid, gid }: ContainerUser, input: string): Step[] {
  const isRoot = uid === 0 && gid === 0;
  const owned = isRoot ? [] : ['stdout', 'stderr'];
  return [
    ...owned.map((fd): Step => ({ op: 'changeOwner', fd, uid, gid })),
    { op: 'duplicateFd', fd: input, number: 0 },
    { op: 'duplicateFd', fd: 'stdout', number: 1 },
    { op: 'duplicateFd', fd: 'stderr', number: 2 },
  ];
}

function buildRlimitSteps(rlimits: ProcessSpec['rlimits']): Step[] {
  return Object.entries(rlimits).map(([name, { soft, hard }]): Step => {
    const resource: number | undefined = RLIMITS[`RLIMIT_${name.toUpperCase()}`];
    if (resource === undefined) {
      throw new PeapodError('PEAPOD_USAGE', `There is no resource limit "${name}"`);
    }
    return { op: 'setRlimit', resource, soft, hard };
  });
}

export function boundingMask(names: readonly string[]): number {
  return capabilityMask(
    names.map((name) => {
      const capability = parseCapability(name);
      if (capability === undefined) {
        throw new PeapodError('PEAPOD_USAGE', `There is no capability "${name}"`);
      }
      return capability;
    }),
  );
}

/**
 * From a process that stands in its namespaces, root and working directory to the program: session, streams, limits,
 * identity, signals, exec. Containers, execs and whatever enters a container later share it, so that none is more
 * privileged than another by accident. A user other than root has no capability at all, only the bounding set.
 * `input` names the descriptor that becomes standard input where there is no terminal: never one opened by a path of
 * the container, which may lead to a descriptor this process still holds (/proc/self/fd), nor one of the host's devices.
 */
export function buildProcessSteps(process: ProcessSpec, input: string): Step[] {
  const { uid, gid, additionalGids } = process.user;
  const bounding = boundingMask(process.capabilities);
  const held = uid === 0 ? bounding : 0;
  const argv0 = process.argv[0];
  if (argv0 === undefined) {
    throw new PeapodError('PEAPOD_USAGE', 'A process needs a command');
  }
  return [
    { op: 'createSession' },
    ...(process.terminal ? buildTerminalSteps(uid, gid) : buildPipeSteps(process.user, input)),
    ...buildRlimitSteps(process.rlimits),
    { op: 'limitCapabilities', keep: bounding },
    { op: 'setGroups', gids: additionalGids },
    { op: 'setGid', gid },
    { op: 'setUid', uid },
    { op: 'setCapabilities', effective: held, permitted: held, inheritable: 0 },
    ...(process.noNewPrivileges ? [{ op: 'setNoNewPrivileges' } as const] : []),
    { op: 'setUmask', mode: 0o022 },
    { op: 'unblockSignals' },
    {
      op: 'exec',
      paths: candidatePaths(argv0, process.env),
      argv: process.argv,
      envp: process.env,
    },
  ];
}
