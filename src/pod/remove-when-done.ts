import type { Pod } from 'kubernetes-types/core/v1.js';

/** With the value "true", a pod that has succeeded or failed is removed, as soon as nobody reads its log any more. */
export const removeWhenDoneAnnotation = 'peapod.dev/remove-when-done';

export function isRemovedWhenDone({ metadata }: Pod): boolean {
  return metadata?.annotations?.[removeWhenDoneAnnotation] === 'true';
}
