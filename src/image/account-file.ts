import { closeSync, fstatSync, readSync } from 'node:fs';
import { type MergedTree, unreadable } from './merged-tree.js';

const maxBytes = 1024 * 1024;
const maxLines = 10_000;

/**
 * The text of a file of an image such as `etc/passwd`, as its containers will see it; undefined if there is none.
 * Only a regular file of at most 1 MiB and 10000 lines is read. Throws PEAPOD_IMAGE_INVALID for anything else of that
 * name.
 */
export function readAccountFile(tree: MergedTree, path: string): string | undefined {
  const fd = tree.openFile(path);
  if (fd === undefined) return undefined;
  try {
    return readWhole(fd, path);
  } finally {
    closeSync(fd);
  }
}

function readWhole(fd: number, path: string): string {
  const { size } = fstatSync(fd);
  if (size > maxBytes) throw unreadable(path, `it is larger than ${maxBytes} bytes`);
  const bytes = Buffer.allocUnsafe(size);
  const text = bytes.toString('utf8', 0, readSync(fd, bytes, 0, size, 0));
  if (text.split('\n', maxLines + 2).length > maxLines + 1)
    throw unreadable(path, `it has more than ${maxLines} lines`);
  return text;
}
