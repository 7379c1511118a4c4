import type { FileHandle } from 'node:fs/promises';
import type { BlobTarget } from '../blob.js';
import { maxDocumentBytes } from '../document.js';
import { showName } from '../entry.js';
import { invalidArchive } from '../tar/invalid.js';

/** One file of an archive or of a layout. */
export interface ArchiveFile {
  /** Bytes. */
  readonly size: number;
  /** Its content from `offset` on. */
  read(offset?: number): AsyncIterable<Buffer>;
}

/** The files of an image archive by their paths, for example `blobs/sha256/<hex>`, wherever they are kept. */
export interface ArchiveFiles {
  /** Undefined if there is none. Throws PEAPOD_IMAGE_INVALID for what is there and no regular file. */
  find(path: string): Promise<ArchiveFile | undefined>;
  close(): Promise<void>;
}

const chunkBytes = 256 * 1024;

/** A file that must be there. Throws PEAPOD_IMAGE_INVALID if it is not. */
export async function findNeeded(files: ArchiveFiles, path: string): Promise<ArchiveFile> {
  const file = await files.find(path);
  if (file === undefined) throw invalidArchive(`it has no ${showName(path)}, which it names`);
  return file;
}

/** The whole of a small file, a document. Throws PEAPOD_IMAGE_INVALID for one of more than 4 MiB. */
export async function readDocument(file: ArchiveFile, path: string): Promise<Buffer> {
  if (file.size > maxDocumentBytes) {
    throw invalidArchive(`${showName(path)} is larger than ${maxDocumentBytes} bytes`);
  }
  const pieces: Buffer[] = [];
  for await (const piece of file.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The first bytes of a file: at most `count`. */
export async function readStart(file: ArchiveFile, count: number): Promise<Buffer> {
  for await (const piece of file.read()) return piece.subarray(0, count);
  return Buffer.alloc(0);
}

/** Writes what of a file the target has not taken yet. */
export async function copyInto(target: BlobTarget, file: ArchiveFile, signal?: AbortSignal): Promise<void> {
  for await (const chunk of file.read(target.offset)) {
    signal?.throwIfAborted();
    await target.write(chunk);
  }
}

/** The bytes from `start` up to `end` of an open file. Throws PEAPOD_IMAGE_INVALID if it ends before. */
export async function* readRange(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const size = Math.min(chunkBytes, end - at);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(size), 0, size, at);
    if (bytesRead === 0) throw invalidArchive('it became shorter while it was read');
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
