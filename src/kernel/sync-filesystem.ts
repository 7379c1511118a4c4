import { open } from 'node:fs/promises';
import { binding } from '../native/binding.js';

/** Resolves when the disk has everything of the file system that a directory lies on; takes as long as the disk does. */
export async function syncFilesystem(directory: string): Promise<void> {
  const file = await open(directory, 'r');
  try {
    await binding().syncfs(file.fd);
  } finally {
    await file.close();
  }
}
