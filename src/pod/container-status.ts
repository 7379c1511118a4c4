import type { Container, ContainerState, ContainerStatus, Pod } from 'kubernetes-types/core/v1.js';
import { buildContainerStates, containerIdOf, type Moment } from './container-state.js';
import { isInitContainer, isSidecar, observationOf } from './pod-containers.js';

/** The v1 status of one container, init container or sidecar. */
export function buildContainerStatus(moment: Moment, container: Container): ContainerStatus {
  const { pod, observed } = moment;
  const { current, previous } = observationOf(observed, container);
  const { state, lastState } = buildContainerStates(moment, container);
  const shown = current ?? previous;
  const started = state.running !== undefined;
  return {
    name: container.name,
    state,
    lastState,
    ready: isReady(pod, container, state),
    started,
    restartCount: current?.attempt ?? 0,
    image: container.image ?? '',
    imageID: shown?.imageId ?? '',
    ...(shown && { containerID: containerIdOf(pod, container.name, shown) }),
  };
}

function isReady(pod: Pod, container: Container, state: ContainerState): boolean {
  if (state.running !== undefined) return isSidecar(container) || !isInitContainer(pod, container.name);
  const isPlainInit = isInitContainer(pod, container.name) && !isSidecar(container);
  return isPlainInit && state.terminated?.exitCode === 0;
}
