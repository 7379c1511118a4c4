import { readFileSync } from 'node:fs';
import { executablePath } from '../kernel/memfd.js';
import { buildImage } from './build-image.js';
import { pauseReference } from './builtin.js';
import { emptyConfig } from './config.js';
import { damagedParts } from './damage.js';
import { digestOf } from './digest.js';
import type { Entry } from './entry.js';
import { installNamed } from './install.js';
import { mediaTypes } from './manifest.js';
import type { ImageRecord } from './record.js';
import type { ImageSource, SourceManifest } from './source.js';
import type { ImageStore } from './store.js';
import { plainBytes, plainDirectory } from './tar/plain-entry.js';
import { writeTar } from './tar/writer.js';

interface PauseImage extends ImageSource {
  readonly known: SourceManifest;
}

let built: Promise<PauseImage> | undefined;

/** Makes the image `pause` one of the store's, unless it is there: one layer with one file, the program we start. */
export async function ensurePauseImage(store: ImageStore): Promise<ImageRecord> {
  built ??= buildPauseImage();
  const source = await built;
  const record = store.records.get(pauseReference);
  if (record?.manifest === source.known.digest && damagedParts(store, record).length === 0) return record;
  return await installNamed(store, source, { reference: pauseReference });
}

/** The same program gives the same image: a time of its own would make another one each time. */
async function buildPauseImage(): Promise<PauseImage> {
  const bytes = await writeLayer(readFileSync(executablePath('pause')));
  const digest = digestOf(bytes);
  const source = buildImage({
    config: { ...emptyConfig, entrypoint: ['/pause'], user: '65535:65535' },
    created: '1970-01-01T00:00:00Z',
    layer: { digest, diffId: digest, size: bytes.length, mediaType: mediaTypes.ociLayer, bytes },
  });
  return { ...source, known: await source.manifest() };
}

async function writeLayer(program: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of writeTar(pauseEntries(program))) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* pauseEntries(program: Buffer): AsyncGenerator<Entry> {
  yield plainDirectory('');
  yield { ...plainBytes('pause', program), mode: 0o755 };
}
