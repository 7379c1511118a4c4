import type { PodNetwork } from '../kernel/namespaces.js';
import type { Attachment } from '../network/attachment.js';
import type { Sysctl } from './sysctls.js';

/** Whose IPC or UTS namespace the pod uses: one of its own, or the host's. */
export type NamespaceOwner = 'pod' | 'host';

/** Everything a sandbox is made from. */
export interface SandboxSpec {
  /** The pod's uid: the sandbox's name in cgroups and records. */
  readonly podUid: string;
  /** For people, and for network plugins. */
  readonly podName: string;
  readonly podNamespace: string;
  /** Counts the sandboxes of one pod from 0: a sandbox whose pause died is replaced by the next. */
  readonly attempt: number;
  /** The kernel's nodename in the pod, at most 63 bytes. Ignored when `uts` is the host's. */
  readonly hostname: string;
  readonly network: PodNetwork;
  readonly ipc: NamespaceOwner;
  readonly uts: NamespaceOwner;
  /** `pod`: one PID namespace for all, pause is PID 1; `container`: each container its own; `host`: the host's. */
  readonly pid: 'pod' | 'container' | 'host';
  /** Kernel parameters of the pod's own network and IPC namespaces. */
  readonly sysctls: readonly Sysctl[];
  /** Size of the pod's /dev/shm in bytes (Kubernetes' runtimes: 64 MiB). */
  readonly shmBytes: number;
  /** In-memory volumes, which live and die with pause. `sizeBytes` 0 is the kernel's own limit: half of memory. */
  readonly memoryVolumes: readonly { readonly name: string; readonly sizeBytes: number }[];
}

/** What is known of a sandbox whose pause runs: enough to find it again after a restart of the engine. */
export interface SandboxRecord {
  readonly version: 1;
  readonly spec: SandboxSpec;
  /** How the pod hangs on the bridge; absent when it does not. */
  readonly attachment?: Attachment;
  /** What network plugins gave it; absent when none were asked. */
  readonly connection?: { readonly addresses: readonly string[] };
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat, in clock ticks: with the pid and the boot id it names one process for ever. */
  readonly startTime: number;
  readonly bootId: string;
  readonly createdAt: string;
}
