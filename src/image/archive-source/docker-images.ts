import { createHash } from 'node:crypto';
import type { BlobTarget } from '../blob.js';
import { detectCompression, layerMediaType, magicBytes } from '../compression.js';
import type { Descriptor } from '../descriptor.js';
import { type Digest, digestOf } from '../digest.js';
import {
  encodeDocument,
  invalidDocument,
  isObject,
  parseArrayDocument,
  rejectOtherCase,
} from '../document.js';
import { dockerManifest } from '../layout.js';
import { maxLayers, mediaTypes } from '../manifest.js';
import { parseConfig } from '../parse-config.js';
import type { ImageSource, SourceManifest } from '../source.js';
import { invalidArchive } from '../tar/invalid.js';
import {
  type ArchiveFile,
  type ArchiveFiles,
  copyInto,
  findNeeded,
  readDocument,
  readStart,
} from './archive-files.js';
import type { ArchivedImage } from './archived-image.js';

const members = ['Config', 'RepoTags', 'Layers'];
const maxImages = 1000;
const maxNames = 1000;

interface DockerImage {
  readonly names: readonly string[];
  /** Paths in the archive. */
  readonly config: string;
  readonly layers: readonly string[];
}

/** The images of an archive as `docker save` wrote them before version 25, and other programs still do. */
export async function listDockerImages(files: ArchiveFiles, manifest: ArchiveFile): Promise<ArchivedImage[]> {
  const bytes = await readDocument(manifest, dockerManifest);
  const images = parseArrayDocument(bytes, dockerManifest);
  if (images.length > maxImages)
    throw invalidDocument(dockerManifest, `it has more than ${maxImages} images`);
  return images
    .map((image, index) => parseImage(image, `${dockerManifest}[${index}]`))
    .map((image) => ({ names: image.names, source: new DockerSource(files, image) }));
}

function parseImage(value: unknown, where: string): DockerImage {
  if (!isObject(value)) throw invalidDocument(where, 'it is no object');
  rejectOtherCase(value, where, members);
  const [config] = textsOf([value.Config], `${where}.Config`, 1);
  return {
    config: config ?? '',
    names: textsOf(value.RepoTags ?? [], `${where}.RepoTags`, maxNames).filter(
      (name) => name !== '<none>:<none>',
    ),
    layers: textsOf(value.Layers, `${where}.Layers`, maxLayers),
  };
}

function textsOf(value: unknown, where: string, max: number): string[] {
  if (!Array.isArray(value)) throw invalidDocument(where, 'it is no array');
  if (value.length > max) throw invalidDocument(where, `it has more than ${max} members`);
  if (value.every((text) => typeof text === 'string' && text.length <= 4096)) return value as string[];
  throw invalidDocument(where, 'not all of it are strings of at most 4096 characters');
}

/** Such an archive has no manifest in today's sense: one is made of what it has, the same each time. */
class DockerSource implements ImageSource {
  readonly #files: ArchiveFiles;
  readonly #image: DockerImage;
  readonly #blobs = new Map<Digest, ArchiveFile>();

  constructor(files: ArchiveFiles, image: DockerImage) {
    this.#files = files;
    this.#image = image;
  }

  async manifest(signal?: AbortSignal): Promise<SourceManifest> {
    const file = await findNeeded(this.#files, this.#image.config);
    const document = await readDocument(file, this.#image.config);
    const { diffIds } = parseConfig(document);
    const { layers } = this.#image;
    if (diffIds.length !== layers.length) {
      throw invalidDocument(
        'config.rootfs.diff_ids',
        `it has ${diffIds.length} members for ${layers.length} layers`,
      );
    }
    const described: Descriptor[] = [];
    for (const [index, path] of layers.entries()) {
      described.push(await this.#describe(path, diffIds[index] as Digest, signal));
    }
    const config = { mediaType: mediaTypes.ociConfig, digest: digestOf(document), size: document.length };
    this.#blobs.set(config.digest, file);
    return buildManifest(config, described);
  }

  async fetchBlob({ digest }: Descriptor, target: BlobTarget, signal?: AbortSignal): Promise<void> {
    const file = this.#blobs.get(digest);
    if (file === undefined) throw invalidArchive(`it has no blob ${digest}`);
    await copyInto(target, file, signal);
  }

  /** What is not compressed has its diff id for a name; whoever takes it holds it against that. */
  async #describe(path: string, diffId: Digest, signal?: AbortSignal): Promise<Descriptor> {
    const file = await findNeeded(this.#files, path);
    const start = await readStart(file, magicBytes);
    const digest = detectCompression(start) === undefined ? diffId : await hash(file, signal);
    this.#blobs.set(digest, file);
    return { mediaType: layerMediaType(start), digest, size: file.size };
  }
}

function buildManifest(config: Descriptor, layers: readonly Descriptor[]): SourceManifest {
  const mediaType = mediaTypes.ociManifest;
  const bytes = encodeDocument({ schemaVersion: 2, mediaType, config, layers });
  return { bytes, mediaType, digest: digestOf(bytes) };
}

async function hash(file: ArchiveFile, signal?: AbortSignal): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of file.read()) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}
