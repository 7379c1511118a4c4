import { PeapodError } from '../errors.js';
import { hostImage, isReserved } from './builtin.js';
import type { ImageConfig } from './config.js';
import { linkLayer } from './layer.js';
import { type ImageRecord, readImageRecord, readImageRecords } from './record.js';
import { familiarName, formatReference, parseReference, type Reference } from './reference.js';
import type { ImageStore } from './store.js';

export interface ResolvedImage {
  /** `sha256:<64 hex digits>`, or `host`. */
  readonly id: string;
  readonly config: ImageConfig;
  readonly rootfs: /** Layers top first, as overlayfs lists them, relative to the state directory. */
  { readonly kind: 'overlay'; readonly layers: readonly string[] } | { readonly kind: 'host' };
}

/** At most this many names in a hint. */
const maxNames = 5;

/**
 * What a container of an image is made from. `reference` is as a user writes it. Throws PEAPOD_IMAGE_INVALID for what
 * is no reference and PEAPOD_IMAGE_MISSING for an image that is not here.
 */
export async function resolveImage(store: ImageStore, reference: string): Promise<ResolvedImage> {
  const parsed = parseReference(reference);
  const full = formatReference(parsed);
  if (full === hostImage.reference)
    return { id: hostImage.id, config: hostImage.config, rootfs: { kind: 'host' } };
  if (isReserved(full)) throw onlyPause();
  const record = await readImageRecord(store, full);
  if (record === undefined) throw await missing(store, parsed);
  return {
    id: record.id,
    config: record.config,
    rootfs: { kind: 'overlay', layers: await nameLayers(store, record) },
  };
}

function nameLayers(store: ImageStore, { layers }: ImageRecord): Promise<string[]> {
  return Promise.all([...layers].reverse().map(({ id }) => linkLayer(store, id)));
}

/** The error for an image that is not here, with those that are. */
export async function missing(store: ImageStore, reference: Reference): Promise<PeapodError> {
  const records = await readImageRecords(store);
  const here = records.map((record) => familiarName(parseReference(record.reference)));
  const names = [...here.slice(0, maxNames), 'host'].join(', ');
  const more = here.length > maxNames ? ' and more (`peapod images`)' : '';
  const name = familiarName(reference);
  return new PeapodError('PEAPOD_IMAGE_MISSING', `Cannot find image "${name}": it is not in the store`, {
    hint: `Here are: ${names}${more}. \`peapod import DIR|TAR ${name}\` makes it from a directory or a tarball.`,
    details: { reference: formatReference(reference) },
  });
}

function onlyPause(): PeapodError {
  return new PeapodError('PEAPOD_UNSUPPORTED', 'Cannot start a container of image "pause": it has no files', {
    hint: 'Each pod has a pause process of its own already.',
  });
}
