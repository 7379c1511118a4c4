export type EntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  /** Another name of an entry that came before: a hard link. */
  | 'link'
  | 'characterDevice'
  | 'blockDevice'
  | 'fifo';

/**
 * One thing to be made in a layer, whether it was read from an archive or from a directory. File names are bytes on
 * Linux, not text: all names here are binary strings, one byte a character (`latin1`).
 */
export interface Entry {
  /** Relative to the root of the layer, for example `etc/passwd`; '' is the root itself. As found: not to be trusted. */
  readonly path: string;
  readonly type: EntryType;
  /** Permission bits with set-id and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Bytes of `body`; 0 for all but files. */
  readonly size: number;
  /** A symlink's target, as is; a hard link's, a path like `path`. */
  readonly target: string;
  readonly major: number;
  readonly minor: number;
  /** Extended attributes by name, as found. */
  readonly attributes: ReadonlyMap<string, Buffer>;
  /** Read once, before the next entry is asked for. */
  readonly body: AsyncIterable<Buffer>;
}

/** A binary string's bytes. */
export function toBytes(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}

/** A binary string as text for messages: quoted, shortened, without control characters. */
export function showName(name: string): string {
  const text = toBytes(name).toString('utf8');
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

export async function* emptyBody(): AsyncGenerator<Buffer> {}
