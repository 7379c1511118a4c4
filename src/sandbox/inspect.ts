import { type Host, podCgroup } from '../kernel/host.js';
import { readNamespaceInodes } from '../kernel/namespace-inodes.js';
import type { Sandbox } from './sandbox.js';

/** What the kernel has of a sandbox besides its network. */
export interface SandboxFacts {
  readonly pid: number;
  readonly createdAt: string;
  /** Inode numbers by name, for example `net`. */
  readonly namespaces: Readonly<Record<string, number>>;
  /** The directory of the pod's cgroup. */
  readonly cgroup: string;
}

/** Throws ENOENT when pause has ended. */
export function inspectSandbox(host: Host, { record }: Sandbox): SandboxFacts {
  const { pid, createdAt, spec } = record;
  return { pid, createdAt, namespaces: readNamespaceInodes(pid), cgroup: podCgroup(host, spec.podUid) };
}
