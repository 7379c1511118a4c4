import { PeapodError } from '../errors.js';
import { checkNotReserved } from './builtin.js';
import { missingImage } from './find-image.js';
import { type ImageRecord, writeImageRecord } from './record.js';
import { formatReference, parseReference, type Reference } from './reference.js';
import { findRecord, isHost } from './resolve.js';
import type { ImageStore } from './store.js';

/**
 * Gives an image, named or by its id, another name; a name that is taken moves. Throws PEAPOD_IMAGE_MISSING,
 * PEAPOD_USAGE for a new name with a digest, PEAPOD_CONFLICT for one that is built in, PEAPOD_UNSUPPORTED for the host.
 */
export async function tagImage(store: ImageStore, name: string, newName: string): Promise<ImageRecord> {
  const target = parseReference(newName);
  const reference = formatReference(target);
  checkNotReserved(reference);
  if (target.digest !== undefined) {
    throw new PeapodError('PEAPOD_USAGE', `Cannot tag "${newName}": a name of our choice has no digest`);
  }
  if (isHost(name)) {
    throw new PeapodError('PEAPOD_UNSUPPORTED', 'Cannot tag image "host": it is the host itself');
  }
  const found = await findRecord(store, name);
  return store.exclusive(async () => {
    if (!store.records.has(found.reference)) throw missingImage(store, name);
    const tagged: ImageRecord = { ...found, reference, isPulled: isSameRepository(found, target) };
    await writeImageRecord(store, tagged);
    return tagged;
  });
}

/** Another repository of that registry need not have it. */
function isSameRepository({ reference, isPulled }: ImageRecord, target: Reference): boolean {
  const { registry, repository } = parseReference(reference);
  return isPulled && registry === target.registry && repository === target.repository;
}
