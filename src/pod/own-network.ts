import type { Pod } from 'kubernetes-types/core/v1.js';

/** Chooses a pod's network: `none`, `pod:NAME`, `container:POD[/CONTAINER]`, `ns:PATH`; absent is one of its own. */
export const networkAnnotation = 'peapod.dev/network';

/** Whether a pod has a network of its own with an address, which ports of the host can lead to. */
export function hasOwnNetwork({ metadata, spec }: Pod): boolean {
  return spec?.hostNetwork !== true && metadata?.annotations?.[networkAnnotation] === undefined;
}
