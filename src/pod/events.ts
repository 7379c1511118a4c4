import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import type { EventNote } from './actions.js';
import { fieldOf } from './pod-containers.js';

/** kubelet's reasons, with the type each has. */
const eventTypes = {
  Pulled: 'Normal',
  Pulling: 'Normal',
  Created: 'Normal',
  Started: 'Normal',
  Killing: 'Normal',
  SandboxChanged: 'Normal',
  Failed: 'Warning',
  BackOff: 'Warning',
  DeadlineExceeded: 'Warning',
  ErrImageNeverPull: 'Warning',
  InspectFailed: 'Warning',
  RegistryUnavailable: 'Warning',
  FailedScheduling: 'Warning',
  FailedCreatePodSandBox: 'Warning',
  FailedKillPod: 'Warning',
  MissingClusterDNS: 'Warning',
  DNSConfigForming: 'Warning',
  FailedMount: 'Warning',
  SysctlForbidden: 'Warning',
  FailedPostStartHook: 'Warning',
  FailedPreStopHook: 'Warning',
  Unhealthy: 'Warning',
  ExceededGracePeriod: 'Warning',
} as const;

export type EventReason = keyof typeof eventTypes;

/** An event about the pod itself. */
export function podEvent(reason: EventReason, message: string): EventNote {
  return { type: eventTypes[reason], reason, message, field: '' };
}

/** An event about one of its containers. */
export function containerEvent(
  { pod, container }: { readonly pod: Pod; readonly container: Pick<Container, 'name'> },
  reason: EventReason,
  message: string,
): EventNote {
  return { type: eventTypes[reason], reason, message, field: fieldOf(pod, container.name) };
}
