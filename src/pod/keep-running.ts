import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import type { PodActions } from './actions.js';
import type { ContainerRun } from './observed.js';
import { gracePeriodOf, isInitContainer } from './pod-containers.js';
import { specHash } from './spec-hash.js';
import { stopContainer } from './stop-container.js';

/** A container that is alive and should be: it is left alone unless its spec has changed, then it is started anew. */
export function keepRunning(
  { pod, container, run }: { readonly pod: Pod; readonly container: Container; readonly run: ContainerRun },
  now: number,
): Partial<PodActions> {
  if (run.stop === undefined && run.specHash === specHash(container)) return {};
  const kind = isInitContainer(pod, container.name) ? 'Init container' : 'Container';
  const wanted = {
    reason: 'ContainerChanged',
    message: `${kind} ${container.name} definition changed, will be restarted`,
    graceSeconds: gracePeriodOf(pod),
    since: run.stop?.at ?? now,
  };
  return stopContainer({ pod, name: container.name, run }, wanted, now);
}
