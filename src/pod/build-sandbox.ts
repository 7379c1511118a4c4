import type { Pod, Volume } from 'kubernetes-types/core/v1.js';
import type { SandboxSpec } from '../sandbox/spec.js';
import { parseQuantity, quantityToWhole } from '../units.js';
import { podHostname } from './hostname.js';
import { specOf } from './pod-containers.js';

const shmBytes = 64 * 1024 * 1024;

/** What a pod's sandbox is made from. The host's network brings the host's UTS namespace with it, as in the CRI. */
export function buildSandboxSpec(pod: Pod, attempt: number): SandboxSpec {
  const spec = specOf(pod);
  const network = spec.hostNetwork === true ? 'host' : 'pod';
  const ownPid = spec.shareProcessNamespace === true ? 'pod' : 'container';
  return {
    podUid: pod.metadata?.uid ?? '',
    attempt,
    hostname: podHostname(pod),
    network,
    uts: network,
    ipc: spec.hostIPC === true ? 'host' : 'pod',
    pid: spec.hostPID === true ? 'host' : ownPid,
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
