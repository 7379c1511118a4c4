import type { BlobTarget } from '../blob.js';
import type { Descriptor } from '../descriptor.js';
import { type Digest, digestOf } from '../digest.js';
import { invalidDocument, isObject, type JsonObject, parseDocument } from '../document.js';
import { blobName, layoutIndex, layoutMarker, nameAnnotation, referenceAnnotation } from '../layout.js';
import { documentKind, mediaTypes, parseIndex, selectPlatform } from '../manifest.js';
import type { ImageSource, SourceManifest } from '../source.js';
import { invalidArchive } from '../tar/invalid.js';
import { type ArchiveFile, type ArchiveFiles, copyInto, findNeeded, readDocument } from './archive-files.js';
import type { ArchivedImage } from './archived-image.js';

/** An index may name an index, as docker writes one for each name; more than this nobody has. */
const maxDepth = 4;

/** The images of an OCI image layout. Entries of one name are one image for several platforms. */
export async function listLayoutImages(files: ArchiveFiles, marker: ArchiveFile): Promise<ArchivedImage[]> {
  checkMarker(await readDocument(marker, layoutMarker));
  const bytes = await readDocument(await findNeeded(files, layoutIndex), layoutIndex);
  const descriptors = parseIndex(bytes, mediaTypes.ociIndex);
  const names = readNames(bytes);
  const groups = groupByName(descriptors.map((descriptor, index) => ({ descriptor, name: names[index] })));
  return joinNames(groups).map(({ names, entries }) => ({ names, source: new LayoutSource(files, entries) }));
}

function checkMarker(bytes: Buffer): void {
  const { imageLayoutVersion } = parseDocument(bytes, layoutMarker, ['imageLayoutVersion']);
  if (typeof imageLayoutVersion === 'string' && /^1\./.test(imageLayoutVersion)) return;
  throw invalidDocument(`${layoutMarker}.imageLayoutVersion`, 'it is not 1.0.0');
}

/** Of each entry of the index; undefined for one that has none. */
function readNames(bytes: Buffer): (string | undefined)[] {
  const { manifests } = parseDocument(bytes, layoutIndex, ['manifests']);
  return (manifests as JsonObject[]).map(({ annotations }) => {
    if (!isObject(annotations)) return undefined;
    const { [nameAnnotation]: name, [referenceAnnotation]: reference } = annotations;
    if (typeof name === 'string' && name !== '') return name;
    return typeof reference === 'string' && /[/:]/.test(reference) ? reference : undefined;
  });
}

interface Group {
  readonly names: readonly string[];
  readonly entries: readonly Descriptor[];
}

function groupByName(items: readonly { descriptor: Descriptor; name: string | undefined }[]): Group[] {
  const byName = new Map<string | undefined, Descriptor[]>();
  for (const { descriptor, name } of items) {
    const others = byName.get(name) ?? [];
    const isKnown = others.some(({ digest }) => digest === descriptor.digest);
    byName.set(name, isKnown ? others : [...others, descriptor]);
  }
  return [...byName].flatMap(([name, entries]) => {
    if (areVariants(entries)) {
      return [{ names: name === undefined ? [] : [name], entries }];
    }
    if (name !== undefined) throw invalidDocument(layoutIndex, `it has ${JSON.stringify(name)} twice`);
    return entries.map((entry) => ({ names: [], entries: [entry] }));
  });
}

/** True for one image for several platforms. */
function areVariants(entries: readonly Descriptor[]): boolean {
  const platforms = entries.map(({ platform }) => platform && JSON.stringify(platform));
  return (
    entries.length === 1 || (!platforms.includes(undefined) && new Set(platforms).size === entries.length)
  );
}

/** An image of several names is several entries of the index. */
function joinNames(groups: readonly Group[]): Group[] {
  const joined = new Map<string, Group>();
  for (const { names, entries } of groups) {
    const key = entries.map(({ digest }) => digest).join();
    joined.set(key, { names: [...(joined.get(key)?.names ?? []), ...names], entries });
  }
  return [...joined.values()];
}

class LayoutSource implements ImageSource {
  readonly #files: ArchiveFiles;
  readonly #entries: readonly Descriptor[];

  constructor(files: ArchiveFiles, entries: readonly Descriptor[]) {
    this.#files = files;
    this.#entries = entries;
  }

  async manifest(): Promise<SourceManifest> {
    const [only, ...others] = this.#entries;
    let descriptor = only !== undefined && others.length === 0 ? only : selectPlatform(this.#entries);
    let indexDigest: Digest | undefined;
    for (let depth = 0; depth < maxDepth; depth++) {
      const { mediaType, digest } = descriptor;
      const bytes = await this.#readBlob(descriptor);
      if (documentKind(bytes, mediaType) === 'manifest') {
        return { bytes, mediaType, digest, ...(indexDigest && { indexDigest }) };
      }
      indexDigest ??= digest;
      descriptor = selectPlatform(parseIndex(bytes, mediaType));
    }
    throw invalidDocument(layoutIndex, 'its indexes name indexes without end');
  }

  async fetchBlob({ digest }: Descriptor, target: BlobTarget, signal?: AbortSignal): Promise<void> {
    await copyInto(target, await findNeeded(this.#files, blobName(digest)), signal);
  }

  async #readBlob({ digest, size }: Descriptor): Promise<Buffer> {
    const path = blobName(digest);
    const bytes = await readDocument(await findNeeded(this.#files, path), path);
    if (bytes.length === size && digestOf(bytes) === digest) return bytes;
    throw invalidArchive(`the content of ${path} is not what its name says`);
  }
}
