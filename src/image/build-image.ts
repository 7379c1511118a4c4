import type { ImageConfig } from './config.js';
import { type Digest, digestOf } from './digest.js';
import { encodeDocument } from './document.js';
import { mediaTypes } from './manifest.js';
import type { ImageSource } from './source.js';

/** A layer that an image of our own is made of. */
export interface BuiltLayer {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  readonly diffId: Digest;
  /** Its bytes, if it is not in the store. */
  readonly bytes?: Buffer | undefined;
}

export interface ImageParts {
  readonly config: ImageConfig;
  /** RFC 3339. */
  readonly created: string;
  readonly layer: BuiltLayer;
}

/** An image of one layer with documents of our own: the same parts are the same bytes. */
export function buildImage({ config, created, layer }: ImageParts): ImageSource {
  const document = encodeDocument({
    created,
    architecture: 'amd64',
    os: 'linux',
    config: encodeConfig(config),
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created, created_by: 'peapod import' }],
  });
  const { digest, size, mediaType } = layer;
  const manifest = encodeDocument({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(document), size: document.length },
    layers: [{ mediaType, digest, size }],
  });
  const blobs = new Map([[digestOf(document), document]]);
  if (layer.bytes !== undefined) blobs.set(digest, layer.bytes);
  return {
    manifest: async () => ({
      bytes: manifest,
      mediaType: mediaTypes.ociManifest,
      digest: digestOf(manifest),
    }),
    fetchBlob: async (descriptor, target) => {
      await target.write(blobs.get(descriptor.digest) ?? Buffer.alloc(0));
    },
  };
}

/** In OCI's words, without what says nothing. */
export function encodeConfig(config: ImageConfig): Record<string, unknown> {
  const { user, env, entrypoint, cmd, workingDir, stopSignal, volumes, exposedPorts, labels } = config;
  return {
    ...(user && { User: user }),
    ...(exposedPorts.length > 0 && { ExposedPorts: asSet(exposedPorts) }),
    ...(env.length > 0 && { Env: env }),
    ...(entrypoint.length > 0 && { Entrypoint: entrypoint }),
    ...(cmd.length > 0 && { Cmd: cmd }),
    ...(volumes.length > 0 && { Volumes: asSet(volumes) }),
    ...(workingDir && { WorkingDir: workingDir }),
    ...(Object.keys(labels).length > 0 && { Labels: labels }),
    ...(stopSignal && { StopSignal: stopSignal }),
  };
}

/** Go has no sets: an object with empty members. */
function asSet(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
