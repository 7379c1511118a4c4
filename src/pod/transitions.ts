import type { ContainerStatus, Pod, PodStatus } from 'kubernetes-types/core/v1.js';
import type { EventNote } from './actions.js';
import { containerEvent, podEvent } from './events.js';
import { describePod } from './pod-containers.js';

/**
 * The events a change of status stands for, which no action tells: a container that begins to back off, a pod
 * that ran into its deadline.
 */
export function eventsOfChange(
  pod: Pod,
  before: PodStatus | undefined,
  after: PodStatus,
): readonly EventNote[] {
  const isDeadline = after.reason === 'DeadlineExceeded' && before?.reason !== after.reason;
  const deadline = isDeadline ? [podEvent('DeadlineExceeded', after.message ?? '')] : [];
  const known = new Map(allStatuses(before).map((status) => [status.name, status]));
  const backingOff = allStatuses(after).filter((status) => hasBegunToBackOff(known.get(status.name), status));
  const message = (name: string) => `Back-off restarting failed container ${name} in pod ${describePod(pod)}`;
  return [
    ...deadline,
    ...backingOff.map(({ name }) => containerEvent({ pod, container: { name } }, 'BackOff', message(name))),
  ];
}

function hasBegunToBackOff(before: ContainerStatus | undefined, after: ContainerStatus): boolean {
  if (!isBackingOff(after)) return false;
  return before === undefined || !isBackingOff(before) || before.restartCount !== after.restartCount;
}

function isBackingOff({ state }: ContainerStatus): boolean {
  return state?.waiting?.reason === 'CrashLoopBackOff';
}

function allStatuses(status: PodStatus | undefined): readonly ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}
