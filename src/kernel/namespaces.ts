import { statSync } from 'node:fs';
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
} from './constants.js';

/** The flag of each kind of namespace, by the name it has in /proc/PID/ns. */
export const namespaceFlags = {
  mnt: CLONE_NEWNS,
  cgroup: CLONE_NEWCGROUP,
  uts: CLONE_NEWUTS,
  ipc: CLONE_NEWIPC,
  user: CLONE_NEWUSER,
  pid: CLONE_NEWPID,
  net: CLONE_NEWNET,
  time: CLONE_NEWTIME,
} as const;

export type NamespaceKind = keyof typeof namespaceFlags;

/** The inode number of a process's namespace: equal numbers, same namespace, as long as both exist. */
export function readNamespace(pid: number | 'self', kind: NamespaceKind): number {
  return statSync(`/proc/${pid}/ns/${kind}`).ino;
}

/** All of them. Throws ENOENT when the process is gone. */
export function readNamespaces(pid: number | 'self'): Record<NamespaceKind, number> {
  const kinds = Object.keys(namespaceFlags) as NamespaceKind[];
  return Object.fromEntries(kinds.map((kind) => [kind, readNamespace(pid, kind)])) as Record<
    NamespaceKind,
    number
  >;
}
