import type { ImageSource } from '../source.js';

/** One image of an archive. */
export interface ArchivedImage {
  /** As the archive claims them: not checked, and not to be trusted. */
  readonly names: readonly string[];
  /** Good until the archive is closed. */
  readonly source: ImageSource;
}
