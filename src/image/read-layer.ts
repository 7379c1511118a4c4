import { createHash, type Hash } from 'node:crypto';
import { Pace } from '../kernel/pace.js';
import { readArchive } from './archive.js';
import type { Entry } from './entry.js';
import type { Limits } from './limits.js';
import { invalidArchive } from './tar/invalid.js';
import { readTar } from './tar/reader.js';
import { readTree } from './tree.js';
import { LayerWriter } from './unpack/layer-writer.js';

export interface LayerTarget {
  /** The empty directory that becomes the layer. */
  readonly rootFd: number;
  /** Where the writer moves what a later entry replaced. */
  readonly trashFd: number;
  readonly limits: Limits;
}

export interface Unpacked {
  /** 64 hex digits. */
  readonly id: string;
  /** Bytes of all files. */
  readonly sizeBytes: number;
}

/** Unpacks a tarball. The id is the SHA-256 of its tar stream, which OCI calls the layer's diff id. */
export async function readTarLayer(path: string, target: LayerTarget): Promise<Unpacked> {
  const hash = createHash('sha256');
  const entries = readTar(measure(readArchive(path), hash, target.limits), target.limits);
  const sizeBytes = await writeEntries(entries, target);
  return { id: hash.digest('hex'), sizeBytes };
}

/** Copies a directory. The id is the SHA-256 of all its entries, in order, with their owners, times and content. */
export async function readDirectoryLayer(path: string, target: LayerTarget): Promise<Unpacked> {
  const hash = createHash('sha256').update('peapod directory 1\n');
  const sizeBytes = await writeEntries(hashEntries(readTree(path), hash), target);
  return { id: hash.digest('hex'), sizeBytes };
}

async function writeEntries(
  entries: AsyncIterable<Entry>,
  { rootFd, trashFd, limits }: LayerTarget,
): Promise<number> {
  const writer = new LayerWriter(rootFd, trashFd, limits);
  const pace = new Pace();
  let sizeBytes = 0;
  try {
    for await (const entry of entries) {
      sizeBytes += entry.size;
      if (sizeBytes > limits.unpackedBytes) throw tooLarge(limits);
      await writer.write(entry);
      await pace.rest();
    }
    writer.finish();
  } finally {
    writer.close();
  }
  return sizeBytes;
}

async function* measure(chunks: AsyncIterable<Buffer>, hash: Hash, limits: Limits): AsyncGenerator<Buffer> {
  const pace = new Pace();
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > limits.unpackedBytes) throw tooLarge(limits);
    hash.update(chunk);
    yield chunk;
    await pace.rest();
  }
}

async function* hashEntries(entries: AsyncIterable<Entry>, hash: Hash): AsyncGenerator<Entry> {
  for await (const { body, ...fields } of entries) {
    const attributes = [...fields.attributes].map(([name, value]) => [name, value.toString('hex')]);
    hash.update(`${JSON.stringify({ ...fields, mtimeNs: String(fields.mtimeNs), attributes })}\n`);
    yield { ...fields, body: hashBody(body, hash) };
  }
}

async function* hashBody(body: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const piece of body) {
    hash.update(piece);
    yield piece;
  }
}

function tooLarge({ unpackedBytes }: Limits): Error {
  return invalidArchive(`it is larger than ${unpackedBytes} bytes, what one image may take here`);
}
