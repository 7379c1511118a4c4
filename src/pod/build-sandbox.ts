import type { Pod, Volume } from 'kubernetes-types/core/v1.js';
import type { PodNetwork } from '../kernel/namespaces.js';
import type { SandboxSpec } from '../sandbox/spec.js';
import { parseQuantity, quantityToWhole } from '../units.js';
import { specOf } from './pod-containers.js';
import { sysctlsOf } from './sysctls.js';

const shmBytes = 64 * 1024 * 1024;

export interface SandboxNetwork {
  readonly network: PodNetwork;
  /** The nodename, see `nodenameOf`; the host's own stays with the host's network. */
  readonly hostname: string;
}

/** What a pod's sandbox is made from. The host's network brings the host's UTS namespace with it, as in the CRI. */
export function buildSandboxSpec(
  pod: Pod,
  attempt: number,
  { network, hostname }: SandboxNetwork,
): SandboxSpec {
  const spec = specOf(pod);
  const ownPid = spec.shareProcessNamespace === true ? 'pod' : 'container';
  return {
    podUid: pod.metadata?.uid ?? '',
    podName: pod.metadata?.name ?? '',
    podNamespace: pod.metadata?.namespace ?? 'default',
    attempt,
    hostname,
    network,
    uts: network === 'host' ? 'host' : 'pod',
    ipc: spec.hostIPC === true ? 'host' : 'pod',
    pid: spec.hostPID === true ? 'host' : ownPid,
    sysctls: sysctlsOf(pod),
    shmBytes,
    memoryVolumes: (spec.volumes ?? []).filter(isMemoryVolume).map(memoryVolume),
  };
}

/** An emptyDir that lives in memory, held by pause. */
export function isMemoryVolume(volume: Volume): boolean {
  return volume.emptyDir?.medium === 'Memory';
}

function memoryVolume({ name, emptyDir }: Volume): { name: string; sizeBytes: number } {
  const limit = emptyDir?.sizeLimit === undefined ? undefined : parseQuantity(String(emptyDir.sizeLimit));
  return { name, sizeBytes: limit === undefined ? 0 : Number(quantityToWhole(limit)) };
}
