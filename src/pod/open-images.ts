import { homedir } from 'node:os';
import { join } from 'node:path';
import { isPause, isReserved } from '../image/builtin.js';
import { checkImages } from '../image/check.js';
import { collectGarbage, usedLayers } from '../image/collect.js';
import { findImage, isWholeId, missingImage } from '../image/find-image.js';
import { ImageUsers } from '../image/image-users.js';
import { importImage } from '../image/import.js';
import { inspectImage } from '../image/inspect.js';
import { installImage } from '../image/install.js';
import { listImages, summarizeImage } from '../image/list.js';
import { loadImages } from '../image/load.js';
import type { ImageRecord } from '../image/record.js';
import { formatReference, parseReference } from '../image/reference.js';
import { readCredentials } from '../image/registry/auth-file.js';
import { readRegistryConfiguration } from '../image/registry/configuration.js';
import {
  openRegistrySource,
  type RegistryOptions,
  resolveDigest,
} from '../image/registry/registry-source.js';
import { removeImage } from '../image/remove.js';
import { isHost, type ResolvedImage, resolveImage } from '../image/resolve.js';
import { saveImages } from '../image/save.js';
import { type ImageStore, openImageStore } from '../image/store.js';
import { tagImage } from '../image/tag.js';
import type { ImageSummary, PullImageOptions, SaveImagesOptions } from './image-api.js';
import type { LayersInUse, LocalImage, PodImages } from './images.js';

/** Where it is said how registries are reached, unless an engine is told of another file. */
export const defaultRegistryConfig = '/etc/peapod/registries.json';

export interface RegistryFiles {
  /** {@link defaultRegistryConfig} when absent. Read anew for each pull. */
  readonly registryConfig?: string | undefined;
  /** docker's config.json of this user when absent. */
  readonly authFile?: string | undefined;
}

/** The image store below a state directory, and the registries, for an engine that holds the root. */
export async function openPodImages(stateDirectory: string, files: RegistryFiles): Promise<PodImages> {
  return new StoredImages(await openImageStore(stateDirectory), files);
}

class StoredImages implements PodImages {
  readonly #store: ImageStore;
  readonly #files: RegistryFiles;
  readonly #users: ImageUsers;
  /** Something may be in the store that no name needs. */
  #isUntidy = true;

  constructor(store: ImageStore, files: RegistryFiles) {
    this.#store = store;
    this.#files = files;
    this.#users = new ImageUsers(store.stateDirectory);
  }

  async resolve(reference: string): Promise<LocalImage> {
    if (isOnlySubstituted(this.#store, reference)) throw missingImage(this.#store, reference);
    return await this.#resolve(reference);
  }

  async #resolve(reference: string): Promise<LocalImage> {
    const image = await resolveImage(this.#store, reference);
    return { ...image, imageId: image.repoDigest ?? image.id, ...originOf(this.#store, reference) };
  }

  lookupUser(image: ResolvedImage, user: string) {
    return this.#users.lookup(image, user);
  }

  normalize(reference: string): string {
    return formatReference(parseReference(reference));
  }

  findName(text: string): string | undefined {
    return findImage(this.#store, text)?.record.reference;
  }

  async pull(text: string, { authFile, signal, onProgress }: PullImageOptions): Promise<ImageSummary> {
    const reference = parseReference(text);
    const source = openRegistrySource(reference, await this.#registryOptions(authFile));
    try {
      const options = { reference: text, isPulled: true, signal, onProgress };
      return this.#changed(await installImage(this.#store, source, options));
    } finally {
      await source.close?.();
    }
  }

  async findDigest(text: string, signal: AbortSignal): Promise<string> {
    return await resolveDigest(parseReference(text), await this.#registryOptions(), signal);
  }

  async findSubstitute(text: string): Promise<LocalImage | undefined> {
    return isPause(parseReference(text)) ? await this.#resolve(text) : undefined;
  }

  list() {
    return listImages(this.#store);
  }

  inspect(text: string) {
    return inspectImage(this.#store, text);
  }

  async tag(source: string, target: string): Promise<ImageSummary> {
    return this.#changed(await tagImage(this.#store, source, target));
  }

  async remove(text: string, { isForced, inUse }: { isForced: boolean; inUse: LayersInUse }): Promise<void> {
    await removeImage(this.#store, text, { isForced, inUse: usedLayers(inUse()) });
    this.#isUntidy = true;
  }

  async load(options: Parameters<PodImages['load']>[0]): Promise<ImageSummary[]> {
    const records = await loadImages(this.#store, options);
    return records.map((record) => this.#changed(record));
  }

  save(references: readonly string[], options: SaveImagesOptions) {
    return saveImages(this.#store, references, options);
  }

  async import(options: Parameters<PodImages['import']>[0]): Promise<ImageSummary> {
    return this.#changed(await importImage(this.#store, options));
  }

  check(options: Parameters<PodImages['check']>[0]) {
    return checkImages(this.#store, options);
  }

  /** What is in use now and has no name is looked for again at the next call. */
  async collect(inUse: LayersInUse): Promise<void> {
    if (!this.#isUntidy) return;
    const used = inUse();
    await collectGarbage(this.#store, usedLayers(used));
    this.#isUntidy = [...used].some((layer) => !isNamed(this.#store, layer));
  }

  async close(): Promise<void> {}

  async #registryOptions(authFile = this.#files.authFile): Promise<RegistryOptions> {
    const { registryConfig = defaultRegistryConfig } = this.#files;
    return {
      configuration: await readRegistryConfiguration(registryConfig),
      credentials: readCredentials(authFile ?? join(homedir(), '.docker/config.json')),
    };
  }

  /** A name may have moved: what it meant before is then nobody's. */
  #changed(record: ImageRecord): ImageSummary {
    this.#isUntidy = true;
    return summarizeImage(record);
  }
}

/** Kubernetes' pause that is not here: its registry is asked before ours stands in. */
function isOnlySubstituted(store: ImageStore, text: string): boolean {
  if (findImage(store, text) !== undefined || isWholeId(text)) return false;
  const reference = parseReference(text);
  return isPause(reference) && !isReserved(formatReference(reference));
}

function originOf(store: ImageStore, text: string): Pick<LocalImage, 'isBuiltIn' | 'registryDigest'> {
  const record = findImage(store, text)?.record;
  if (record === undefined) return isHost(text) ? { isBuiltIn: true } : {};
  if (isReserved(record.reference)) return { isBuiltIn: true };
  const { isPulled, indexDigest, manifest } = record;
  return isPulled ? { registryDigest: indexDigest ?? manifest } : {};
}

function isNamed(store: ImageStore, link: string): boolean {
  const layers = [...store.records.values()].flatMap((record) => record.layers);
  return layers.some(({ diffId }) => store.unpacked.get(diffId)?.link === link);
}
