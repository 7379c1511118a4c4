import type { Container, ContainerStatus, Pod } from 'kubernetes-types/core/v1.js';
import type { PublishedPort } from '../../network/attachment.js';
import type { PodEvent } from '../../pod/engine-api.js';
import { describePort } from '../port-lines.js';
import { renderTable } from '../table.js';
import { describeContainer } from './container.js';
import { describeEvents } from './events.js';
import { indent } from './indent.js';
import { renderSheet, type Sheet, sheet } from './sheet.js';
import { describeVolume } from './volume.js';

/** What is told of a pod besides its object. */
export interface Described {
  readonly events: readonly PodEvent[];
  readonly ports: readonly PublishedPort[];
}

/** Everything about a pod, in `kubectl describe`'s layout. `now` is in milliseconds since the epoch. */
export function describePod(pod: Pod, { events, ports }: Described, now: number): string {
  const blocks = [renderSheet(describeHead(pod, ports)), ...describeContainers(pod), describeConditions(pod)];
  blocks.push(describeVolumes(pod));
  blocks.push(renderSheet(sheet({ 'QoS Class': pod.status?.qosClass ?? '<none>' })));
  blocks.push(describeEvents(events, now));
  return blocks.join('\n');
}

function describeHead({ metadata, spec, status }: Pod, ports: readonly PublishedPort[]): Sheet {
  return sheet({
    Name: metadata?.name ?? '',
    Namespace: metadata?.namespace ?? 'default',
    UID: metadata?.uid ?? '',
    Node: [spec?.nodeName, status?.hostIP].filter(Boolean).join('/') || '<none>',
    'Start Time': formatTime(status?.startTime),
    Labels: describePairs(metadata?.labels),
    Annotations: describePairs(metadata?.annotations),
    Status: metadata?.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
    Reason: status?.reason,
    Message: status?.message,
    IP: status?.podIP ?? '<none>',
    IPs: sheet({ IP: status?.podIPs?.map(({ ip }) => ip ?? '') ?? '<none>' }),
    ...(ports.length > 0 && { Ports: ports.map(describePort) }),
  });
}

function describePairs(pairs: Record<string, string> = {}): string | string[] {
  const lines = Object.entries(pairs).map(([name, value]) => `${name}=${value}`);
  return lines.length === 0 ? '<none>' : lines.sort();
}

function describeContainers({ spec, status }: Pod): string[] {
  const parts: [string, readonly Container[] | undefined, readonly ContainerStatus[] | undefined][] = [
    ['Init Containers', spec?.initContainers, status?.initContainerStatuses],
    ['Containers', spec?.containers, status?.containerStatuses],
  ];
  return parts
    .filter(([, containers = []]) => containers.length > 0)
    .map(([title, containers = [], statuses]) =>
      renderSheet(sheet({ [title]: byName(containers, statuses) })),
    );
}

function byName(containers: readonly Container[], statuses: readonly ContainerStatus[] = []): Sheet {
  const entries = containers.map((container) => ({
    label: container.name,
    value: describeContainer(
      container,
      statuses.find(({ name }) => name === container.name),
    ),
  }));
  return { entries };
}

function describeConditions({ status }: Pod): string {
  const rows = (status?.conditions ?? []).map(({ type, status, reason }) => [type, status, reason ?? '']);
  const hasReason = rows.some(([, , reason]) => reason !== '');
  const table = [['Type', 'Status', 'Reason'], ...rows].map((row) => (hasReason ? row : row.slice(0, 2)));
  return `Conditions:\n${indent(renderTable(table))}`;
}

function describeVolumes({ spec }: Pod): string {
  const volumes = spec?.volumes ?? [];
  if (volumes.length === 0) return renderSheet(sheet({ Volumes: '<none>' }));
  const entries = volumes.map((volume) => ({ label: volume.name, value: describeVolume(volume) }));
  return renderSheet(sheet({ Volumes: { entries } }));
}

/** As it is in the manifest's own format; what is not there is `<unset>`. */
function formatTime(time: string | undefined): string {
  return time ?? '<unset>';
}
