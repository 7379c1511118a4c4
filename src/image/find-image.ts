import { PeapodError } from '../errors.js';
import { isDigest } from './digest.js';
import { type ImageRecord, sortedRecords } from './record.js';
import { familiarName, formatReference, parseReference, type Reference } from './reference.js';
import type { ImageStore } from './store.js';

/** At most this many names in a hint. */
const maxNames = 5;

/** What a user wrote: one of an image's names, or its id. */
export type Named =
  | { readonly kind: 'name'; readonly reference: Reference; readonly record: ImageRecord }
  | { readonly kind: 'id'; readonly record: ImageRecord };

/**
 * The image that `text` names: `nginx`, `nginx:1.27`, `nginx@sha256:…` by the digest of its manifest or of the index
 * it was pulled by, an id of 64 hex digits, or its first 12 and more. A name wins over an id. Undefined if it is not
 * here. Throws PEAPOD_IMAGE_INVALID for what is no reference, PEAPOD_CONFLICT for the beginning of several ids.
 */
export function findImage(store: ImageStore, text: string): Named | undefined {
  if (isWholeId(text)) return findById(store, text);
  const reference = parseReference(text);
  const record = store.records.get(formatReference(reference)) ?? findByDigest(store, reference);
  return record === undefined ? findById(store, text) : { kind: 'name', reference, record };
}

/** All names of the image with this id. */
export function namesOf(store: ImageStore, id: string): string[] {
  return sortedRecords(store)
    .filter((record) => record.id === id)
    .map(({ reference }) => reference);
}

/** The error for an image that is not here, with those that are. */
export function missingImage(store: ImageStore, text: string): PeapodError {
  const here = sortedRecords(store).map((record) => familiarName(parseReference(record.reference)));
  const names = [...here.filter((name) => name !== 'pause:latest').slice(0, maxNames), 'host', 'pause'].join(
    ', ',
  );
  const more = here.length > maxNames ? ' and more (`peapod images`)' : '';
  const reference = isWholeId(text) ? undefined : parseReference(text);
  const name = reference === undefined ? text : familiarName(reference);
  return new PeapodError('PEAPOD_IMAGE_MISSING', `Cannot find image "${name}": it is not in the store`, {
    hint: `Here are: ${names}${more}. \`peapod pull ${name}\` fetches it, \`peapod import DIR|TAR NAME\` makes one.`,
    details: { reference: reference === undefined ? text : formatReference(reference) },
  });
}

/** Docker takes these for ids before it looks for a name. */
export function isWholeId(text: string): boolean {
  return isDigest(text) || /^[0-9a-f]{64}$/.test(text);
}

function findByDigest(
  store: ImageStore,
  { registry, repository, digest }: Reference,
): ImageRecord | undefined {
  if (digest === undefined) return undefined;
  return sortedRecords(store).find((record) => {
    const other = parseReference(record.reference);
    const isSameRepository = other.registry === registry && other.repository === repository;
    return isSameRepository && (record.manifest === digest || record.indexDigest === digest);
  });
}

function findById(store: ImageStore, text: string): Named | undefined {
  const [, prefix] = /^(?:sha256:)?([0-9a-f]{12,64})$/.exec(text) ?? [];
  if (prefix === undefined) return undefined;
  const found = sortedRecords(store).filter(({ id }) => id.startsWith(`sha256:${prefix}`));
  const [record] = found;
  if (record === undefined) return undefined;
  if (found.some(({ id }) => id !== record.id)) {
    throw new PeapodError('PEAPOD_CONFLICT', `Cannot tell which image "${text}" is: several ids begin so`, {
      hint: 'Write more of it (`peapod images`).',
    });
  }
  return { kind: 'id', record };
}
