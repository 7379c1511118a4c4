import { CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUTS } from './constants.js';
import type { ProcessIdentity } from './process.js';

/** A network namespace that somebody else made, for a pod to join. */
export interface JoinedNetwork {
  /** Absolute: `/run/netns/blue`, `/proc/1234/ns/net`. */
  readonly path: string;
  /** The process `path` is of, if it is one's: when that has ended, its pid may be another's. */
  readonly owner?: ProcessIdentity;
}

/**
 * A pod's network namespace: one of its own (`pod`), one of its own with nothing in it but `lo` (`none`), the host's,
 * or one to join.
 */
export type PodNetwork = 'pod' | 'none' | 'host' | JoinedNetwork;

/** Which of a pod's namespaces are its own; the host's are neither made nor joined. */
export interface PodNamespaces {
  readonly network: PodNetwork;
  readonly ipc: 'pod' | 'host';
  readonly uts: 'pod' | 'host';
  readonly pid: 'pod' | 'container' | 'host';
}

/** True for a network namespace that is made for the pod. */
export function isOwnNetwork(network: PodNetwork): network is 'pod' | 'none' {
  return network === 'pod' || network === 'none';
}

export function isJoinedNetwork(network: PodNetwork): network is JoinedNetwork {
  return typeof network === 'object';
}

/** The CLONE_NEW flags of the namespaces that containers join: all that pause is in and the host is not. */
export function podNamespaceFlags(namespaces: PodNamespaces): number {
  return (
    CLONE_NEWNS |
    (namespaces.network === 'host' ? 0 : CLONE_NEWNET) |
    (namespaces.ipc === 'pod' ? CLONE_NEWIPC : 0) |
    (namespaces.uts === 'pod' ? CLONE_NEWUTS : 0) |
    (namespaces.pid === 'pod' ? CLONE_NEWPID : 0)
  );
}

/** The CLONE_NEW flags of the namespaces that pause is born in: the same, but for its mounts and a network that it joins itself. */
export function newNamespaceFlags(namespaces: PodNamespaces): number {
  const network = isOwnNetwork(namespaces.network) ? 0 : CLONE_NEWNET;
  return podNamespaceFlags(namespaces) & ~(CLONE_NEWNS | network);
}
