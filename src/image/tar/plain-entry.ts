import { type Entry, emptyBody } from '../entry.js';

const nobodys = {
  uid: 0,
  gid: 0,
  mtimeNs: 0n,
  target: '',
  major: 0,
  minor: 0,
  attributes: new Map<string, Buffer>(),
};

/** A file of an archive that only transports it: no owner and no time. `body` has `size` bytes. */
export function plainFile(path: string, size: number, body: AsyncIterable<Buffer>): Entry {
  return { ...nobodys, path, type: 'file', mode: 0o644, size, body };
}

/** The same of bytes that are here. */
export function plainBytes(path: string, bytes: Buffer): Entry {
  return plainFile(path, bytes.length, once(bytes));
}

export function plainDirectory(path: string): Entry {
  return { ...nobodys, path, type: 'directory', mode: 0o755, size: 0, body: emptyBody() };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
