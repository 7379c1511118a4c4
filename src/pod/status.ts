import type { ContainerStatus, Pod, PodStatus } from 'kubernetes-types/core/v1.js';
import { buildConditions } from './conditions.js';
import { buildContainerStatus } from './container-status.js';
import type { PodObservation } from './observed.js';
import { buildPhase } from './phase.js';
import { initContainersOf, specOf } from './pod-containers.js';
import { qosClassOf } from './qos.js';
import { timestamp } from './timestamp.js';

export interface StatusOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The status built before this one: transition times, final phases and others' conditions are kept from it. */
  readonly previous?: PodStatus | undefined;
  /** Addresses of the host, the one it is known by first. */
  readonly hostIPs?: readonly string[];
}

/** A real v1 PodStatus, derived from what the engine knows of the pod. */
export function buildStatus(pod: Pod, observed: PodObservation, options: StatusOptions): PodStatus {
  const { now, previous = pod.status } = options;
  const moment = { pod, observed, now };
  const initContainerStatuses = initContainersOf(pod).map((container) =>
    buildContainerStatus(moment, container),
  );
  const containerStatuses = specOf(pod).containers.map((container) =>
    buildContainerStatus(moment, container),
  );
  const all = [...initContainerStatuses, ...containerStatuses];
  const statuses = new Map(all.map((status) => [status.name, status]));
  const phase = buildPhase(moment, statuses, previous);
  return {
    ...phase,
    conditions: buildConditions(moment, { statuses, phase: phase.phase, previous }),
    ...addresses(pod, observed, options.hostIPs ?? []),
    ...(observed.startTime !== undefined && { startTime: timestamp(observed.startTime) }),
    ...(isPlaced(observed, all) && {
      ...(initContainerStatuses.length > 0 && { initContainerStatuses }),
      containerStatuses,
    }),
    qosClass: qosClassOf(pod),
  };
}

/** Of a pod that was never let in there is nothing to say about containers; kubectl then shows it as Pending. */
function isPlaced({ sandboxProblem }: PodObservation, statuses: readonly ContainerStatus[]): boolean {
  const hasRun = statuses.some(
    ({ state, lastState }) => state?.waiting === undefined || lastState?.terminated,
  );
  return hasRun || sandboxProblem?.reason !== 'FailedScheduling';
}

function addresses(pod: Pod, observed: PodObservation, hostIPs: readonly string[]): Partial<PodStatus> {
  const { sandbox } = observed;
  const ips = sandbox?.alive !== true ? [] : specOf(pod).hostNetwork === true ? hostIPs : sandbox.ips;
  const [hostIP] = hostIPs;
  return {
    ...(hostIP !== undefined && { hostIP, hostIPs: hostIPs.map((ip) => ({ ip })) }),
    ...(ips[0] !== undefined && { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
  };
}
