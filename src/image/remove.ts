import { PeapodError } from '../errors.js';
import { checkNotReserved } from './builtin.js';
import { type Collected, collectUnneeded, type InUse, neededBy } from './collect.js';
import { digestHex } from './digest.js';
import { findImage, isWholeId, missingImage, namesOf } from './find-image.js';
import { type ImageRecord, removeImageRecord, sortedRecords } from './record.js';
import { familiarName, formatReference, parseReference } from './reference.js';
import type { ImageStore } from './store.js';

export interface Removed extends Collected {
  /** Full references that are gone. */
  readonly untagged: readonly string[];
  /** The image's id, if that was its last name. */
  readonly id: string | undefined;
}

/**
 * Removes an image's name; with its last name the image, as far as no other image needs it. By an id it removes the
 * only name there is. Throws PEAPOD_CONFLICT, and removes nothing, if a pod uses what would go or if there are several
 * names; `isForced` removes all names, and leaves the layers in use to a later collection. Throws PEAPOD_IMAGE_MISSING
 * if there is no such image.
 */
export async function removeImage(
  store: ImageStore,
  text: string,
  { inUse, isForced = false }: { readonly inUse: InUse; readonly isForced?: boolean },
): Promise<Removed> {
  return store.exclusive(async () => {
    const { record, names } = findNames(store, text, isForced);
    for (const name of names) checkNotReserved(name);
    const others = sortedRecords(store).filter(({ reference }) => !names.includes(reference));
    if (!isForced) checkUnused(record, others, inUse);
    for (const name of names) await removeImageRecord(store, name);
    const collected = await collectUnneeded(store, inUse);
    return {
      ...collected,
      untagged: names,
      id: others.some(({ id }) => id === record.id) ? undefined : record.id,
    };
  });
}

function findNames(
  store: ImageStore,
  text: string,
  isForced: boolean,
): { record: ImageRecord; names: string[] } {
  if (!isWholeId(text)) checkNotReserved(formatReference(parseReference(text)));
  const found = findImage(store, text);
  if (found === undefined) throw missingImage(store, text);
  const { record } = found;
  if (found.kind === 'name') return { record, names: [record.reference] };
  const names = namesOf(store, record.id);
  if (names.length > 1 && !isForced) throw severalNames(text, names);
  return { record, names };
}

/** Layers that other images keep are no hindrance. */
function checkUnused(record: ImageRecord, others: readonly ImageRecord[], inUse: InUse): void {
  const kept = neededBy(others);
  const isBusy = record.layers.some(({ diffId }) => !kept.has(diffId) && inUse(digestHex(diffId)));
  if (!isBusy) return;
  const name = familiarName(parseReference(record.reference));
  throw new PeapodError('PEAPOD_CONFLICT', `Cannot remove image "${name}": a container uses it`, {
    hint: 'Delete its pods first.',
  });
}

function severalNames(text: string, names: readonly string[]): PeapodError {
  const shown = names.map((name) => familiarName(parseReference(name))).join(', ');
  return new PeapodError('PEAPOD_CONFLICT', `Cannot remove image "${text}": it has several names`, {
    hint: `Remove them by name: ${shown}.`,
    details: { names },
  });
}
