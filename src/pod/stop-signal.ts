import type { Container } from 'kubernetes-types/core/v1.js';
import { parseSignal } from '../kernel/signals.js';
import { configError } from './config-error.js';

/** v1's lifecycle since Kubernetes 1.33. */
interface LifecycleWithSignal {
  readonly stopSignal?: string;
}

/**
 * The number of the signal that asks a container to end: lifecycle.stopSignal, else the image's, else SIGTERM.
 *
 * @throws PEAPOD_CONTAINER_CONFIG for a name that is no signal.
 */
export function stopSignalOf(container: Container, imageSignal: string | undefined): number {
  const { stopSignal } = (container.lifecycle ?? {}) as LifecycleWithSignal;
  const wanted = stopSignal || imageSignal || 'SIGTERM';
  const number = parseSignal(wanted);
  if (number !== undefined) return number;
  throw configError(`Cannot stop container "${container.name}" with "${wanted}": it is no signal`);
}
