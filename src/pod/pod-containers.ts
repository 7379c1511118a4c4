import type { Container, Pod, PodSpec } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import type { ContainerObservation, ContainerRun, PodObservation } from './observed.js';

/** A pod's spec. Manifests are checked before they get here, so a pod without one is our own mistake. */
export function specOf(pod: Pod): PodSpec {
  if (pod.spec === undefined) throw new PeapodError('PEAPOD_MANIFEST_INVALID', 'The pod has no spec');
  return pod.spec;
}

/** A pod without containers: its sandbox is all there is to run, for as long as nobody deletes it. */
export function isBare(pod: Pod): boolean {
  return specOf(pod).containers.length === 0;
}

export function initContainersOf(pod: Pod): readonly Container[] {
  return specOf(pod).initContainers ?? [];
}

/** An init container that goes on running beside the others. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

export function sidecarsOf(pod: Pod): readonly Container[] {
  return initContainersOf(pod).filter(isSidecar);
}

/** spec.terminationGracePeriodSeconds, in seconds; never 0, which only a deletion may ask for. */
export function gracePeriodOf(pod: Pod): number {
  return Math.max(specOf(pod).terminationGracePeriodSeconds ?? 30, 1);
}

export function isInitContainer(pod: Pod, name: string): boolean {
  return initContainersOf(pod).some((container) => container.name === name);
}

/** `spec.containers{web}` or `spec.initContainers{setup}`: what an event about it names. */
export function fieldOf(pod: Pod, name: string): string {
  return isInitContainer(pod, name) ? `spec.initContainers{${name}}` : `spec.containers{${name}}`;
}

/** `name_namespace(uid)`: how kubelet's messages name a pod. */
export function describePod(pod: Pod): string {
  const { name = '', namespace = 'default', uid = '' } = pod.metadata ?? {};
  return `${name}_${namespace}(${uid})`;
}

export function observationOf(observed: PodObservation, container: Container): ContainerObservation {
  return observed.containers[container.name] ?? { name: container.name };
}

/** The newest run of a container, of whichever sandbox. */
export function runOf(observed: PodObservation, container: Container): ContainerRun | undefined {
  return observed.containers[container.name]?.current;
}

/** The newest run, if it was made in the sandbox now in use. */
export function runInSandbox(observed: PodObservation, container: Container): ContainerRun | undefined {
  const run = runOf(observed, container);
  return run?.sandboxAttempt === observed.sandbox?.attempt ? run : undefined;
}

/** Everything the pod has or had running, containers no longer in the spec included. */
export function allRuns(observed: PodObservation): readonly ContainerRun[] {
  return Object.values(observed.containers).flatMap(({ current }) =>
    current === undefined ? [] : [current],
  );
}
