import type { Step, StepOp } from './schema.js';

type Phrases = { [Op in StepOp]: (step: Extract<Step, { op: Op }>) => string };

/** What each step does, as a verb phrase that completes "Cannot …". */
const phrases: Phrases = {
  mount: (s) => (s.type ? `mount ${s.type} on "${s.target}"` : `change the mount at "${s.target}"`),
  createFilesystem: (s) => `make the ${s.type} file system "${s.out}"`,
  cloneTree: (s) => `clone the mount at "${s.path}"`,
  cloneTreeIn: (s) => `clone "${s.path}" of "${s.root}"`,
  setMountAttributes: (s) => `set the attributes of the mount "${s.mount}"`,
  attachMount: (s) => `attach the mount "${s.mount}" at "${s.target}"`,
  openPath: (s) => `open "${s.path}"`,
  openIn: (s) => `open "${s.path}" in "${s.root}"`,
  makeIn: (s) => `make ${s.file ? 'the file' : 'the directory'} "${s.path}" in "${s.root}"`,
  makeDirectory: (s) => `make the directory "${s.name}" in "${s.directory}"`,
  makeDevice: (s) => `make the device "${s.name}" in "${s.directory}"`,
  makeSymlink: (s) => `link "${s.name}" to "${s.target}" in "${s.directory}"`,
  maskPath: (s) => `hide "${s.path}" of "${s.root}"`,
  readOnlyPath: (s) => `make "${s.path}" of "${s.root}" read-only`,
  changeDirectory: (s) => `enter the directory "${s.directory}"`,
  pivotRoot: (s) => `pivot the root to "${s.newRoot}"`,
  changeRoot: (s) => `make "${s.directory}" the root`,
  unmount: (s) => `unmount "${s.path}"`,
  joinNamespaces: (s) => `join the namespaces of "${s.target}"`,
  copyMounts: (s) => `copy the mounts of "${s.mounts}"`,
  unshare: () => 'leave the shared namespaces',
  setHostname: (s) => `set the hostname "${s.name}"`,
  writeFile: (s) => `write "${s.path}"`,
  setGroups: (s) => `set the groups ${s.gids.length === 0 ? '(none)' : s.gids.join(', ')}`,
  setGid: (s) => `become group ${s.gid}`,
  setUid: (s) => `become user ${s.uid}`,
  limitCapabilities: () => 'limit the capability bounding set',
  setCapabilities: () => 'set the capabilities',
  setNoNewPrivileges: () => 'forbid new privileges',
  setRlimit: (s) => `set resource limit ${s.resource} to ${s.soft}:${s.hard}`,
  createSession: () => 'create a session',
  openTerminal: (s) => `open a terminal of "${s.path}"`,
  receiveFd: (s) => `wait for "${s.out}" on "${s.socket}"`,
  awaitGate: (s) => `wait for "${s.gate}" to open`,
  sendFd: (s) => `send "${s.fd}" over "${s.socket}"`,
  setControllingTerminal: (s) => `make "${s.terminal}" the controlling terminal`,
  changeOwner: (s) => `give "${s.fd}" to ${s.uid}:${s.gid}`,
  duplicateFd: (s) => `make "${s.fd}" descriptor ${s.number}`,
  closeFd: (s) => `close "${s.fd}"`,
  closeOnExec: (s) => `close the descriptors from ${s.first} on`,
  resetSignals: () => 'reset the signals',
  unblockSignals: () => 'unblock the signals',
  blockSignals: () => 'block the signals',
  setUmask: (s) => `set the umask ${s.mode.toString(8).padStart(4, '0')}`,
  setName: (s) => `take the name "${s.name}"`,
  setNotDumpable: () => 'become undumpable',
  exec: (s) => `execute "${s.argv[0] ?? ''}"`,
  closeOthers: (s) => `close the launcher's descriptors from ${s.first} on`,
  ensureDirectory: (s) => `make the directory "${s.path}"`,
  writeRecord: (s) => `write "${s.path}"`,
  listenUnix: (s) => `listen on "${s.path}"`,
  openNetlink: (s) => `open the netlink socket "${s.out}"`,
  netlink: (s) => s.action,
  execFd: (s) => `execute "${s.file}"`,
};

/** A step in words, for example `mount proc on "/proc"`. */
export function describeStep(step: Step): string {
  const phrase = phrases[step.op] as (step: Step) => string;
  return phrase(step);
}
