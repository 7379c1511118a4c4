import { createHash, type Hash, randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, PeapodError } from '../errors.js';
import { syncDirectory } from '../kernel/durable-file.js';
import { UsedBuffers } from '../kernel/used-buffers.js';
import { type BlobTarget, blobPath } from './blob.js';
import type { Descriptor } from './descriptor.js';
import type { Digest } from './digest.js';
import { explainStorage } from './storage-error.js';
import type { ImageStore } from './store.js';

/** What all that are being fetched have written. */
const used = new UsedBuffers('minor', 2 * 1024 * 1024);

/** What a blob is known by. */
export type BlobName = Pick<Descriptor, 'digest' | 'size'>;

/** A blob on its way into the store; `discard` is to be called in the end, whatever happens. */
export interface BlobWriter extends BlobTarget {
  /** Puts it into the store, for good. Throws PEAPOD_IMAGE_INVALID when size or digest are not the descriptor's. */
  commit(): Promise<void>;
  /** Leaves nothing of it; does nothing after a commit. */
  discard(): Promise<void>;
}

/** A blob of our own making: its name is what was written. */
export interface OwnBlobWriter extends BlobWriter {
  /** After the last write: what it is called. */
  name(): BlobName;
}

/** Writes a blob of the store: first beside it, hashed as it comes, then, whole and on the disk, in its place. */
export function createBlobWriter(store: ImageStore, { digest, size }: BlobName): BlobWriter {
  return new FileBlobWriter(store, { digest, maxBytes: size });
}

/** Writes one of at most `maxBytes`, which is called what it turns out to be. */
export function createOwnBlobWriter(store: ImageStore, maxBytes: number): OwnBlobWriter {
  return new FileBlobWriter(store, { digest: undefined, maxBytes });
}

interface Expected {
  /** Undefined for whatever comes. */
  readonly digest: Digest | undefined;
  readonly maxBytes: number;
}

class FileBlobWriter implements OwnBlobWriter {
  readonly #store: ImageStore;
  readonly #expected: Expected;
  readonly #path: string;
  #file: FileHandle | undefined;
  #hash: Hash = createHash('sha256');
  #offset = 0;

  constructor(store: ImageStore, expected: Expected) {
    this.#store = store;
    this.#expected = expected;
    this.#path = join(store.temporary, randomUUID());
  }

  get offset(): number {
    return this.#offset;
  }

  async write(chunk: Buffer): Promise<void> {
    const { maxBytes } = this.#expected;
    if (this.#offset + chunk.length > maxBytes) throw this.#wrong(`it is longer than ${maxBytes} bytes`);
    await this.#explained(async () => {
      const file = await this.#open();
      await writeAll(file, chunk, this.#offset);
      this.#hash.update(chunk);
      this.#offset += chunk.length;
      used.add(chunk.length);
    });
  }

  async restart(): Promise<void> {
    await this.#file?.truncate();
    this.#hash = createHash('sha256');
    this.#offset = 0;
  }

  name(): BlobName {
    return { digest: `sha256:${this.#hash.copy().digest('hex')}`, size: this.#offset };
  }

  verify(): void {
    const { digest, maxBytes } = this.#expected;
    if (digest === undefined) return;
    const actual = this.name();
    if (actual.size !== maxBytes) throw this.#wrong(`it has ${actual.size} bytes instead of ${maxBytes}`);
    if (actual.digest !== digest) throw this.#wrong(`its content has digest ${actual.digest}`);
  }

  async commit(): Promise<void> {
    this.verify();
    const { digest } = this.name();
    await this.#explained(async () => {
      const file = await this.#open();
      await file.datasync();
      await this.#close();
      await rename(this.#path, blobPath(this.#store, digest));
      await syncDirectory(this.#store.blobs);
    });
    this.#store.damagedBlobs.clear(digest);
  }

  async discard(): Promise<void> {
    await this.#close();
    await unlink(this.#path).catch((error) => {
      if (!hasCode(error, 'ENOENT')) throw error;
    });
  }

  async #open(): Promise<FileHandle> {
    this.#file ??= await open(this.#path, 'wx', 0o600);
    return this.#file;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #explained(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw explainStorage(error, `store blob ${this.#expected.digest ?? ''}`.trimEnd());
    }
  }

  #wrong(why: string): PeapodError {
    const { digest } = this.#expected;
    const what = digest === undefined ? 'the layer' : `blob ${digest}`;
    return new PeapodError('PEAPOD_IMAGE_INVALID', `Cannot take ${what}: ${why}`, { details: { digest } });
  }
}

async function writeAll(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    at += (await file.write(chunk, at, chunk.length - at, position + at)).bytesWritten;
  }
}
