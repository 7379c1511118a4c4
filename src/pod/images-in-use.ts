import type { PodImages } from './images.js';
import type { PodRegistry } from './pod-registry.js';
import type { PodState } from './pod-state.js';
import { isAlive } from './runs.js';

/** Layers that are mounted, or about to be, in the words of `rootfs.layers`; those of adopted containers, too. */
export function layersInUse(pods: Pick<PodRegistry, 'workers'>): ReadonlySet<string> {
  return new Set(pods.workers().flatMap(({ state }) => layersOf(state)));
}

/** The pods a container of which is of the image with this full name. */
export function podsThatUse(pods: PodRegistry, name: string): string[] {
  const { images } = pods.parts;
  const states = pods.workers().map(({ state }) => state);
  const isMeant = (image: string): boolean => findName(images, image) === name;
  return states.filter((state) => imagesOf(state).some(isMeant)).map(({ holder }) => holder.name);
}

function layersOf({ images, record }: PodState): string[] {
  const held = [...images.values()].flatMap(({ rootfs }) => (rootfs.kind === 'overlay' ? rootfs.layers : []));
  const mounted = Object.values(record.containers).flatMap(({ current }) =>
    isAlive(current) ? (current.layers ?? []) : [],
  );
  return [...held, ...mounted];
}

function imagesOf({ pod: { spec } }: PodState): string[] {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.map(({ image = '' }) => image);
}

/** What a manifest has need be no reference. */
function findName(images: PodImages, image: string): string | undefined {
  try {
    return images.findName(image);
  } catch {
    return undefined;
  }
}
