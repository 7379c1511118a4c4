import { PeapodError } from '../errors.js';
import { type Descriptor, parseDescriptor } from './descriptor.js';
import { invalidDocument, type JsonObject, parseDocument } from './document.js';

/** The documents of an image, bottom layer first. */
export interface Manifest {
  /** Its own. */
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

const manifestTypes: readonly string[] = [mediaTypes.ociManifest, mediaTypes.dockerManifest];
const indexTypes: readonly string[] = [mediaTypes.ociIndex, mediaTypes.dockerList];
const configTypes: readonly string[] = [mediaTypes.ociConfig, mediaTypes.dockerConfig];

/** What servers and archives say of a document when they do not know. */
const vagueTypes: readonly string[] = ['', 'application/json', 'application/octet-stream', 'text/plain'];

/** Layers, those that "must not be distributed" included: how they are compressed is seen from their bytes. */
const layerPattern =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+gzip|\+zstd)?|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.gzip|\.zstd)?)$/;

export const maxLayers = 128;
const maxIndexEntries = 1000;

const members = ['schemaVersion', 'mediaType', 'config', 'layers', 'manifests', 'fsLayers'];

/** Which of the two a document is. `mediaType` is what came with it; '' if nothing did. Throws as the parsers do. */
export function documentKind(bytes: Buffer, mediaType: string): 'manifest' | 'index' {
  return readKind(parseDocument(bytes, 'manifest', members), mediaType);
}

/**
 * Reads a manifest, OCI's or Docker's schema 2. Throws PEAPOD_IMAGE_INVALID for one that is malformed, beyond a limit
 * or may be read in two ways, PEAPOD_UNSUPPORTED for what is no container image.
 */
export function parseManifest(bytes: Buffer, mediaType: string): Manifest {
  const document = parseDocument(bytes, 'manifest', members);
  if (readKind(document, mediaType) !== 'manifest') throw invalidDocument('manifest', 'it is an index');
  const config = parseDescriptor(document.config, 'manifest.config');
  if (!configTypes.includes(config.mediaType)) throw noImage(config.mediaType);
  const layers = parseAll(document.layers, 'manifest.layers', maxLayers);
  const strange = layers.find((layer) => !layerPattern.test(layer.mediaType));
  if (strange !== undefined) throw noImage(strange.mediaType);
  return { mediaType: typeOf(document, mediaType), config, layers };
}

/** Reads an index, OCI's or Docker's manifest list. Throws PEAPOD_IMAGE_INVALID. */
export function parseIndex(bytes: Buffer, mediaType: string): Descriptor[] {
  const document = parseDocument(bytes, 'index', members);
  if (readKind(document, mediaType) !== 'index') throw invalidDocument('index', 'it is a manifest');
  return parseAll(document.manifests, 'index.manifests', maxIndexEntries);
}

/** The entry of an index for this machine: linux/amd64. Throws PEAPOD_UNSUPPORTED, with what there is. */
export function selectPlatform(descriptors: readonly Descriptor[]): Descriptor {
  const images = descriptors.filter(({ mediaType }) => [...manifestTypes, ...indexTypes].includes(mediaType));
  const found = images.find(isOurs) ?? images.find(({ platform }) => platform === undefined);
  if (found !== undefined) return found;
  const names = [...new Set(images.map(({ platform }) => `${platform?.os}/${platform?.architecture}`))];
  const there = JSON.stringify(names.slice(0, 10).join(', '));
  throw new PeapodError('PEAPOD_UNSUPPORTED', `Cannot use the image: it is not for linux/amd64 but ${there}`);
}

/** Later variants, as `v3`, ask for instructions that this processor need not have. */
function isOurs({ platform }: Descriptor): boolean {
  const { os, architecture, variant = 'v1' } = platform ?? {};
  return os === 'linux' && architecture === 'amd64' && variant === 'v1';
}

/** What a manifest is called in descriptors: what it says, or what came with it. */
function typeOf(document: JsonObject, given: string): string {
  const type =
    typeof document.mediaType === 'string' && document.mediaType ? document.mediaType : plainType(given);
  return vagueTypes.includes(type) ? mediaTypes.ociManifest : type;
}

/** Without parameters such as a charset. */
function plainType(mediaType: string): string {
  return mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** What the document is: what came with it, what it says itself and what it has must agree. */
function readKind(document: JsonObject, given: string): 'manifest' | 'index' {
  if (document.fsLayers !== undefined || document.schemaVersion === 1) throw schema1();
  const outer = plainType(given);
  const inner = document.mediaType ?? '';
  if (document.schemaVersion !== 2) throw invalidDocument('manifest.schemaVersion', 'it is not 2');
  if (document.manifests !== undefined && (document.layers ?? document.config) !== undefined) {
    throw invalidDocument('manifest', 'it has both "manifests" and "layers" or "config"');
  }
  if (typeof inner !== 'string') throw invalidDocument('manifest.mediaType', 'it is no string');
  if (inner !== '' && !vagueTypes.includes(outer) && inner !== outer) {
    throw invalidDocument('manifest.mediaType', `it contradicts "${outer}", by which it came`);
  }
  return kindOf(document, vagueTypes.includes(outer) ? inner : outer);
}

function kindOf(document: JsonObject, type: string): 'manifest' | 'index' {
  const byContent = document.manifests !== undefined ? 'index' : 'manifest';
  const types = byContent === 'index' ? indexTypes : manifestTypes;
  if (type === '' || types.includes(type)) return byContent;
  if ([...manifestTypes, ...indexTypes].includes(type)) {
    throw invalidDocument('manifest', `its content is not what "${type}" has`);
  }
  throw noImage(type);
}

function parseAll(value: unknown, where: string, max: number): Descriptor[] {
  if (!Array.isArray(value)) throw invalidDocument(where, 'it is no array');
  if (value.length > max) throw invalidDocument(where, `it has more than ${max} members`);
  return value.map((member, index) => parseDescriptor(member, `${where}[${index}]`));
}

function noImage(mediaType: string): PeapodError {
  const shown = JSON.stringify(mediaType.slice(0, 200));
  return new PeapodError(
    'PEAPOD_UNSUPPORTED',
    `Cannot use the image: ${shown} is no part of a container image`,
  );
}

function schema1(): PeapodError {
  return new PeapodError(
    'PEAPOD_UNSUPPORTED',
    'Cannot use the image: it has a manifest of schema 1, which went out of use in 2017',
    { hint: 'Push it again with a current program, for example with skopeo.' },
  );
}
