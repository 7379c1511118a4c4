import { PeapodError } from '../errors.js';
import { checkNotReserved } from './builtin.js';
import { removeLayers } from './layer.js';
import { type ImageRecord, readImageRecord, readImageRecords, removeImageRecord } from './record.js';
import { familiarName, formatReference, parseReference } from './reference.js';
import { missing } from './resolve.js';
import type { ImageStore } from './store.js';

/** True for a layer that a pod's container is mounted on. */
export type InUse = (layerId: string) => boolean;

/**
 * Removes a name, and the layers no other name needs. Throws PEAPOD_CONFLICT, and removes nothing, if one of those is
 * in use; PEAPOD_IMAGE_MISSING if there is no such name. Resolves with the ids of the layers removed.
 */
export async function removeImage(store: ImageStore, reference: string, inUse: InUse): Promise<string[]> {
  const parsed = parseReference(reference);
  const full = formatReference(parsed);
  checkNotReserved(full);
  return store.exclusive(async () => {
    const record = await readImageRecord(store, full);
    if (record === undefined) throw await missing(store, parsed);
    const others = layersOf((await readImageRecords(store)).filter((other) => other.reference !== full));
    if (record.layers.some(({ id }) => !others.has(id) && inUse(id))) throw busy(familiarName(parsed));
    await removeImageRecord(store, full);
    return removeLayers(store, (id) => others.has(id) || inUse(id));
  });
}

/** Removes layers that neither an image nor a container needs: those of a name that was given to another image. */
export async function collectLayers(store: ImageStore, inUse: InUse): Promise<string[]> {
  return store.exclusive(async () => {
    const needed = layersOf(await readImageRecords(store));
    return removeLayers(store, (id) => needed.has(id) || inUse(id));
  });
}

function layersOf(records: readonly ImageRecord[]): Set<string> {
  return new Set(records.flatMap(({ layers }) => layers.map(({ id }) => id)));
}

function busy(name: string): PeapodError {
  return new PeapodError('PEAPOD_CONFLICT', `Cannot remove image "${name}": a container uses it`, {
    hint: 'Delete its pods first.',
  });
}
