import { PeapodError } from '../errors.js';
import { debug } from '../log.js';
import { hostImage, isPause, pauseReference } from './builtin.js';
import type { ImageConfig } from './config.js';
import { damagedParts } from './damage.js';
import { ensureLayer } from './ensure-layer.js';
import { findImage, isWholeId, missingImage } from './find-image.js';
import type { PresentLayer } from './layer.js';
import { ensurePauseImage } from './pause-image.js';
import type { ImageRecord, LayerRecord } from './record.js';
import { familiarName, formatReference, parseReference } from './reference.js';
import type { ImageStore } from './store.js';

const log = debug('image');

export interface ResolvedImage {
  /** `sha256:<64 hex digits>`, or `host`. */
  readonly id: string;
  /** `docker.io/library/nginx@sha256:…`: what its registry has it by; absent for one that did not come from any. */
  readonly repoDigest?: string;
  readonly config: ImageConfig;
  readonly rootfs: /** Layers top first, as overlayfs lists them, relative to the state directory. */
  { readonly kind: 'overlay'; readonly layers: readonly string[] } | { readonly kind: 'host' };
}

/**
 * What a container of an image is made from. `reference` is as a user writes it. From memory, unless a layer did not
 * survive the last power failure: it is unpacked again. Throws PEAPOD_IMAGE_INVALID for what is no reference or
 * is damaged, and PEAPOD_IMAGE_MISSING for an image that is not here.
 */
export async function resolveImage(store: ImageStore, reference: string): Promise<ResolvedImage> {
  if (isHost(reference)) return { id: hostImage.id, config: hostImage.config, rootfs: { kind: 'host' } };
  const record = await findRecord(store, reference);
  checkUndamaged(store, record);
  return {
    id: record.id,
    ...(record.isPulled && { repoDigest: repoDigestOf(record) }),
    config: record.config,
    rootfs: { kind: 'overlay', layers: await nameLayers(store, record) },
  };
}

/** `docker.io/library/nginx@sha256:…`, by the digest its registry has: the index's, if it came from one. */
export function repoDigestOf({ reference, manifest, indexDigest }: ImageRecord): string {
  const { registry, repository } = parseReference(reference);
  return `${registry}/${repository}@${indexDigest ?? manifest}`;
}

export function isHost(text: string): boolean {
  return !isWholeId(text) && formatReference(parseReference(text)) === hostImage.reference;
}

/** The record of an image that may have to be made first: Kubernetes' pause is ours where it was not pulled. */
export async function findRecord(store: ImageStore, text: string): Promise<ImageRecord> {
  const reference = isWholeId(text) ? undefined : parseReference(text);
  const isOurs = reference !== undefined && formatReference(reference) === pauseReference;
  const found = isOurs ? undefined : findImage(store, text);
  if (found !== undefined) return found.record;
  if (reference !== undefined && isPause(reference)) return await ensurePauseImage(store);
  throw missingImage(store, text);
}

function checkUndamaged(store: ImageStore, record: ImageRecord): void {
  const [damaged] = damagedParts(store, record);
  if (damaged === undefined) return;
  throw new PeapodError(
    'PEAPOD_IMAGE_INVALID',
    `Cannot use image "${familiarName(parseReference(record.reference))}": ${damaged} is damaged on the disk`,
    { hint: '`peapod pull`, `load` or `import` it again.', details: { digest: damaged } },
  );
}

async function nameLayers(store: ImageStore, { layers }: ImageRecord): Promise<string[]> {
  const names: string[] = [];
  for (const layer of layers.toReversed()) {
    const present = store.unpacked.get(layer.diffId) ?? (await unpackAgain(store, layer));
    names.push(present.link);
    if (present.isOpaque) break;
  }
  return names;
}

function unpackAgain(store: ImageStore, layer: LayerRecord): Promise<PresentLayer> {
  log('layer %s is unpacked again', layer.diffId);
  const lease = store.leases.take();
  lease.hold(layer.diffId, layer.digest);
  return ensureLayer(store, layer).finally(() => lease.release());
}
