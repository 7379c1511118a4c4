/** What one import may cost at most; an archive beyond any of them is refused. */
export interface Limits {
  /** Headers of the archive, those that only describe the next one included. */
  readonly entries: number;
  /** Bytes of one path, and of one link's target: PATH_MAX without its NUL. */
  readonly nameBytes: number;
  /** Bytes of the pax records of one entry. */
  readonly paxBytes: number;
  /** Bytes after decompression: of the whole archive, or of all files of a directory. */
  readonly unpackedBytes: number;
}

export const defaultLimits: Limits = {
  entries: 2_000_000,
  nameBytes: 4095,
  paxBytes: 1024 * 1024,
  unpackedBytes: 20 * 1024 ** 3,
};
