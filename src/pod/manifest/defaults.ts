import type { Container, Pod, ResourceRequirements, Volume } from 'kubernetes-types/core/v1.js';
import { volumeSources } from './fields/volume.js';

/**
 * Sets the defaults that depend on other fields; those that do not are in the table of fields. Changes the pod.
 * (Kubernetes: pkg/apis/core/v1/defaults.go.)
 */
export function setDefaults({ spec }: Pod): void {
  if (spec === undefined) return;
  spec.volumes?.forEach(setVolumeSource);
  if (spec.serviceAccount !== undefined) spec.serviceAccountName ??= spec.serviceAccount;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    container.imagePullPolicy ??= defaultPullPolicy(container.image ?? '');
    setRequests(container.resources);
    if (spec.hostNetwork === true) setHostPorts(container);
  }
}

/** A volume that names no source is an empty directory. */
function setVolumeSource(volume: Volume): void {
  if (!volumeSources.some((source) => source in volume)) volume.emptyDir = { medium: '' };
}

/** `Always` for a reference that may move: the tag latest, or neither tag nor digest. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const name = image.slice(image.lastIndexOf('/') + 1);
  const [, tag = 'latest'] = name.split(':');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function setRequests(resources: ResourceRequirements | undefined): void {
  if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
}

function setHostPorts(container: Container): void {
  for (const port of container.ports ?? []) port.hostPort ??= port.containerPort;
}
