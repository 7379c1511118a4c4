import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import type { Path } from './node.js';

/** A value whose every field may be missing: what is left of a manifest when the wrong parts are taken out. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? Draft<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
    : T;

export interface PlacedContainer {
  readonly container: Draft<Container>;
  readonly path: Path;
  readonly isInit: boolean;
}

/** Init containers and containers with their paths, in the order they start. */
export function containersOf({ spec }: Draft<Pod>): PlacedContainer[] {
  return [
    ...(spec?.initContainers ?? []).map((container, index) => {
      return { container, path: ['spec', 'initContainers', index], isInit: true };
    }),
    ...(spec?.containers ?? []).map((container, index) => {
      return { container, path: ['spec', 'containers', index], isInit: false };
    }),
  ];
}
