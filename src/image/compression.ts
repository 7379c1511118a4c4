import { mediaTypes } from './manifest.js';

export type Compression = 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** By the first bytes, as hex digits; zstd may begin with a frame that is to be skipped, of which there are sixteen. */
const magics: readonly (readonly [Compression, RegExp])[] = [
  ['gzip', /^1f8b/],
  ['zstd', /^(?:28b52ffd|5.2a4d18)/],
  ['xz', /^fd377a585a00/],
  ['bzip2', /^425a68/],
];

/** How many bytes tell a compression. */
export const magicBytes = 6;

/** What a file is compressed with, by its first {@link magicBytes} bytes; undefined for none that is known. */
export function detectCompression(start: Buffer): Compression | undefined {
  const hex = start.toString('hex', 0, magicBytes);
  return magics.find(([, pattern]) => pattern.test(hex))?.[0];
}

/** What OCI calls a layer with these first bytes. Others than gzip and zstd cannot be unpacked, whatever they are called. */
export function layerMediaType(start: Buffer): string {
  const compression = detectCompression(start);
  if (compression === 'gzip') return mediaTypes.ociLayerGzip;
  return compression === 'zstd' ? mediaTypes.ociLayerZstd : mediaTypes.ociLayer;
}
