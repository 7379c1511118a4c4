import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { invalidArchive } from './tar/invalid.js';

/**
 * Opens an archive that a user names. Throws PEAPOD_IMAGE_INVALID for what is no regular file; `subject` is what the
 * message calls it.
 */
export async function openRegularFile(path: string, subject = `"${path}"`): Promise<FileHandle> {
  // O_NONBLOCK: a FIFO is refused below instead of waiting for a writer here.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!(await file.stat()).isFile()) throw invalidArchive(`${subject} is neither a file nor a directory`);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** An open file from where it stands to its end. A new buffer each time: who reads may keep what it got. */
export async function* readChunks(file: FileHandle, chunkBytes: number): AsyncGenerator<Buffer> {
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(chunkBytes), 0, chunkBytes, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
