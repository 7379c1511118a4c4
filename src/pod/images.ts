import type { CheckReport } from '../image/check.js';
import type { ImageInspection } from '../image/inspect.js';
import type { ImageUser } from '../image/lookup-user.js';
import type { ResolvedImage } from '../image/resolve.js';
import type {
  CheckImagesOptions,
  ImageSummary,
  ImportOptions,
  LoadImagesOptions,
  PullImageOptions,
  SaveImagesOptions,
} from './image-api.js';

/** An image that is here, ready to be run. */
export interface LocalImage extends ResolvedImage {
  /** As a container's status shows it: `docker.io/library/nginx@sha256:…` of one from a registry, else its id. */
  readonly imageId: string;
  /** What the registry knew it by when it was pulled; undefined for one that did not come from a registry. */
  readonly registryDigest?: string;
  /** It is part of peapod: there is nothing to pull. */
  readonly isBuiltIn?: boolean;
}

/** What is mounted, or about to be: paths of layers, as `rootfs.layers` has them. */
export type LayersInUse = () => ReadonlySet<string>;

/** The image store and the registries as the pod engine uses them. Nothing here knows of pods. */
export interface PodImages {
  /** Rejects with PEAPOD_IMAGE_INVALID for a malformed reference, PEAPOD_IMAGE_MISSING for one that is not here. */
  resolve(reference: string): Promise<LocalImage>;
  /** Throws PEAPOD_IMAGE_INVALID when the image has no such user. `user` as an image's configuration has it. */
  lookupUser(image: ResolvedImage, user: string): ImageUser;
  /** The full form of a reference, by which two of them are compared. Throws PEAPOD_IMAGE_INVALID. */
  normalize(reference: string): string;
  /** The full name of an image that is here, by one of its names or its id. Throws PEAPOD_IMAGE_INVALID. */
  findName(text: string): string | undefined;
  /** Stores the image as the registry has it now. */
  pull(reference: string, options: PullImageOptions): Promise<ImageSummary>;
  /** What the registry knows the reference by now. Rejects when it does not tell. */
  findDigest(reference: string, signal: AbortSignal): Promise<string>;
  /** What stands in when the registry does not answer: our own pause for that of Kubernetes. */
  findSubstitute(reference: string): Promise<LocalImage | undefined>;
  list(): Promise<ImageSummary[]>;
  inspect(reference: string): Promise<ImageInspection>;
  tag(source: string, target: string): Promise<ImageSummary>;
  /**
   * Removes a name, and what neither another name nor `inUse` needs. Forced, it removes all names of an id, and names
   * of what is in use, too; else it rejects with PEAPOD_CONFLICT for those.
   */
  remove(text: string, options: { readonly isForced: boolean; readonly inUse: LayersInUse }): Promise<void>;
  load(options: LoadImagesOptions): Promise<ImageSummary[]>;
  save(references: readonly string[], options: SaveImagesOptions): AsyncIterable<Buffer>;
  import(options: ImportOptions): Promise<ImageSummary>;
  check(options: CheckImagesOptions): Promise<CheckReport>;
  /** Removes what neither a name nor `inUse` needs. */
  collect(inUse: LayersInUse): Promise<void>;
  close(): Promise<void>;
}
