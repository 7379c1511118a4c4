import type { CheckReport } from '../image/check.js';
import type { ImageInspection } from '../image/inspect.js';
import type { Progress } from '../image/install.js';
import type { ImageListing } from '../image/list.js';
import type { SaveOptions } from '../image/save.js';

/** An image under one of its names. */
export type ImageSummary = ImageListing;

export interface TransferOptions {
  /** Told how far each blob is. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Gives up: a pull that nobody else waits for ends. */
  readonly signal?: AbortSignal | undefined;
}

export interface PullImageOptions extends TransferOptions {
  /** docker's config.json to log in with, by its absolute path; absent is the engine's own. */
  readonly authFile?: string | undefined;
}

export interface LoadImagesOptions extends TransferOptions {
  /** An archive or a directory on this host, by its absolute path. */
  readonly path: string;
  /** The name to give to the one image in it; absent, each gets those the archive tells. */
  readonly name?: string | undefined;
}

export type SaveImagesOptions = SaveOptions;

export interface ImportOptions {
  /** A tarball or a directory on this host. */
  readonly path: string;
  readonly name: string;
  /** docker's `--change`: CMD, ENTRYPOINT, ENV, STOPSIGNAL, USER, WORKDIR. */
  readonly changes?: readonly string[];
}

export interface RemoveImagesOptions {
  /** Although pods use it: what runs goes on, and its layers go when that has ended. By an id, all of its names. */
  readonly force?: boolean;
}

export interface CheckImagesOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The images of one root. Names are references as Docker's users write them; all errors are PeapodErrors. */
export interface ImageApi {
  /**
   * Asks the registry for an image and stores what of it is not here. Whoever else pulls it at the same time waits for
   * the same download. Rejects with PEAPOD_IMAGE_INVALID, PEAPOD_NOT_FOUND, or what the registry refused.
   */
  pull(reference: string, options?: PullImageOptions): Promise<ImageSummary>;
  list(): Promise<ImageSummary[]>;
  /** Rejects with PEAPOD_IMAGE_MISSING. */
  inspect(reference: string): Promise<ImageInspection>;
  /** Gives an image one more name; another image that has the name loses it. */
  tag(source: string, target: string): Promise<ImageSummary>;
  /**
   * Removes names, and what no other name needs. Rejects with PEAPOD_IMAGE_MISSING, or PEAPOD_CONFLICT when a pod uses
   * one of them, and removes none of them then.
   */
  remove(references: readonly string[], options?: RemoveImagesOptions): Promise<void>;
  /** Stores the images of an archive of `docker save`, or of an OCI archive or layout. */
  load(options: LoadImagesOptions): Promise<ImageSummary[]>;
  /** The bytes of an archive of these images. */
  save(references: readonly string[], options?: SaveImagesOptions): AsyncIterable<Buffer>;
  /** Makes an image of one layer of a root file system. */
  import(options: ImportOptions): Promise<ImageSummary>;
  /**
   * Reads all that is stored again and compares it with its digests. An image that is damaged is refused until it is
   * pulled, loaded or imported anew.
   */
  check(options?: CheckImagesOptions): Promise<CheckReport>;
}
