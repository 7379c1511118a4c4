import { PeapodError } from '../errors.js';
import type { ArchivedImage } from './archive-source/archived-image.js';
import { explainArchive, openArchive } from './archive-source/open-archive.js';
import { isPause, isReserved } from './builtin.js';
import { limitTo } from './ensure-layer.js';
import { type InstallOptions, installImage } from './install.js';
import type { ImageRecord } from './record.js';
import { familiarName, formatReference, parseReference } from './reference.js';
import type { ImageSource } from './source.js';
import type { ImageStore } from './store.js';

export interface LoadOptions extends Pick<InstallOptions, 'signal' | 'onProgress' | 'limits'> {
  /** An archive, or the directory of an OCI layout. */
  readonly path: string;
  /** The name for the one image in it, in place of those that the archive claims. */
  readonly name?: string | undefined;
}

/** An image with what it is to be called. */
interface Named {
  readonly source: ImageSource;
  /** In full. */
  readonly references: readonly string[];
}

/**
 * Takes the images of an archive into the store, under the names it claims, as docker does, or under `name`. A name
 * that is taken is given to the new image; one that means something of its own here, as `pause`, is taken only when
 * the caller says it. All names are checked before the first image is taken. Resolves with a record for each name.
 * Throws what `openArchive` and `installImage` throw, PEAPOD_USAGE when it takes a name, PEAPOD_CONFLICT for such names.
 */
export async function loadImages(store: ImageStore, options: LoadOptions): Promise<ImageRecord[]> {
  const { path, name, signal, onProgress, limits } = options;
  const { temporary } = store;
  const archive = await openArchive(path, { temporary, limits: limitTo(temporary, limits), signal });
  try {
    const records: ImageRecord[] = [];
    for (const { source, references } of chooseNames(archive.images, name)) {
      for (const reference of references) {
        records.push(await installImage(store, source, { reference, signal, onProgress, limits }));
      }
    }
    return records;
  } catch (error) {
    throw explainArchive(error, path);
  } finally {
    await archive.close();
  }
}

function chooseNames(images: readonly ArchivedImage[], name: string | undefined): Named[] {
  if (images.length === 0) throw new PeapodError('PEAPOD_IMAGE_INVALID', 'it has no images');
  if (name === undefined) return images.map(claimedNames);
  const [image, ...others] = images;
  if (image === undefined || others.length > 0) throw tooMany(images);
  return [{ source: image.source, references: [formatReference(parseReference(name))] }];
}

function claimedNames({ names, source }: ArchivedImage): Named {
  if (names.length === 0) {
    throw new PeapodError('PEAPOD_USAGE', 'an image in it has no name', {
      hint: 'Give it one, with `--as NAME`.',
    });
  }
  return { source, references: [...new Set(names.map(checkClaim))] };
}

function checkClaim(name: string): string {
  const reference = parseReference(name);
  const full = formatReference(reference);
  if (!isReserved(full) && !isPause(reference)) return full;
  const claim = familiarName(reference);
  throw new PeapodError('PEAPOD_CONFLICT', `an image in it claims to be "${claim}", which is built in`, {
    hint: 'Choose its name, with `--as NAME`.',
  });
}

function tooMany(images: readonly ArchivedImage[]): PeapodError {
  const names = images.flatMap((image) => image.names).slice(0, 5);
  return new PeapodError('PEAPOD_USAGE', `it has ${images.length} images, and one name does not do for all`, {
    hint: `Load it without a name. It has: ${names.join(', ')}.`,
  });
}
