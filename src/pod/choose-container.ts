import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';

const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

/**
 * The container a command is for: the one named, else the one of the pod's default-container annotation, else the
 * first. Throws PEAPOD_NOT_FOUND when the pod has none of that name.
 */
export function chooseContainer(pod: Pod, name: string | undefined): string {
  const names = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].map((one) => one.name);
  const wanted = name ?? pod.metadata?.annotations?.[defaultContainerAnnotation] ?? names[0] ?? '';
  if (names.includes(wanted)) return wanted;
  const podName = pod.metadata?.name;
  if (names.length === 0) {
    throw new PeapodError('PEAPOD_NOT_FOUND', `Pod "${podName}" has no containers`, {
      hint: 'It was made with `peapod pod create` and is a sandbox only',
      details: { pod: podName },
    });
  }
  throw new PeapodError('PEAPOD_NOT_FOUND', `Cannot find container "${wanted}" in pod "${podName}"`, {
    hint: `Its containers are ${names.join(', ')}`,
    details: { pod: podName, container: wanted },
  });
}

/** A container or init container of the pod. */
export function findContainer({ spec }: Pod, name: string): Container | undefined {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find((one) => one.name === name);
}
