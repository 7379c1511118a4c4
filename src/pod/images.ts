import type { Container } from 'kubernetes-types/core/v1.js';
import { hasCode, PeapodError } from '../errors.js';
import type { ImageUser } from '../image/lookup-user.js';
import type { ResolvedImage } from '../image/resolve.js';
import type { ImageSummary, ImportOptions } from './engine-api.js';
import { StartFailure } from './start-failure.js';

/** The image store as the pod engine uses it. */
export interface PodImages {
  /** Rejects with PEAPOD_IMAGE_INVALID for a malformed reference, PEAPOD_IMAGE_MISSING for one that is not here. */
  resolve(reference: string): Promise<ResolvedImage>;
  /** Throws PEAPOD_IMAGE_INVALID when the image has no such user. `user` as an image's configuration has it. */
  lookupUser(image: ResolvedImage, user: string): ImageUser;
  list(): Promise<ImageSummary[]>;
  import(options: ImportOptions): Promise<ImageSummary>;
}

/**
 * The image of a container, by its pull policy. There is no registry to pull from, so an image has to be here
 * already; a policy that the manifest does not state is content with that. Rejects with StartFailure.
 */
export async function resolveContainerImage(
  images: PodImages,
  container: Container,
  isPolicyStated: boolean,
): Promise<ResolvedImage> {
  const { image = '', imagePullPolicy } = container;
  if (isPolicyStated && imagePullPolicy === 'Always' && image !== 'host') {
    throw new StartFailure('ErrImagePull', cannotPull(image));
  }
  try {
    return await images.resolve(image);
  } catch (error) {
    throw new StartFailure(failureReason(error, imagePullPolicy), error as Error);
  }
}

function failureReason(error: unknown, policy: string | undefined): string {
  if (hasCode(error, 'PEAPOD_IMAGE_INVALID')) return 'InvalidImageName';
  if (!hasCode(error, 'PEAPOD_IMAGE_MISSING')) return 'ErrImageInspect';
  return policy === 'Never' ? 'ErrImageNeverPull' : 'ErrImagePull';
}

function cannotPull(image: string): PeapodError {
  return new PeapodError(
    'PEAPOD_UNSUPPORTED',
    `Cannot pull image "${image}": registries are not supported yet`,
    {
      hint: 'Use `peapod import` and leave imagePullPolicy out, or set it to IfNotPresent',
    },
  );
}
