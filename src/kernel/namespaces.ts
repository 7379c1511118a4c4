import { CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUTS } from './constants.js';

/** Which of a pod's namespaces are its own; the host's are neither made nor joined. */
export interface PodNamespaces {
  readonly network: 'pod' | 'host';
  readonly ipc: 'pod' | 'host';
  readonly uts: 'pod' | 'host';
  readonly pid: 'pod' | 'container' | 'host';
}

/** The CLONE_NEW flags of the namespaces that pause makes and containers join: mount, and what is the pod's own. */
export function podNamespaceFlags(namespaces: PodNamespaces): number {
  return (
    CLONE_NEWNS |
    (namespaces.network === 'pod' ? CLONE_NEWNET : 0) |
    (namespaces.ipc === 'pod' ? CLONE_NEWIPC : 0) |
    (namespaces.uts === 'pod' ? CLONE_NEWUTS : 0) |
    (namespaces.pid === 'pod' ? CLONE_NEWPID : 0)
  );
}
