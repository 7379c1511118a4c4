import type { Container } from 'kubernetes-types/core/v1.js';
import type { LocalImage } from './images.js';

/** What a start of a container does about its image. */
export type PullChoice =
  /** Take what is here and ask nobody. */
  | 'use'
  /** Ask the registry, and fail if that fails. */
  | 'pull'
  /** Ask the registry whether the name means another image by now; take what is here if it does not answer. */
  | 'refresh'
  /** The policy forbids to ask, and it is not here. */
  | 'never';

/**
 * kubelet's rules for a policy that the manifest states. One it does not state is a wish, not an order: an image that
 * came by import or from an archive is taken as it is, because no registry need know of it, and one that was pulled
 * by a tag that moves is used even if the registry cannot be asked.
 *
 * @param local the image if it is here.
 */
export function choosePull(
  { imagePullPolicy }: Pick<Container, 'imagePullPolicy'>,
  isPolicyStated: boolean,
  local: Pick<LocalImage, 'isBuiltIn' | 'registryDigest'> | undefined,
): PullChoice {
  if (local?.isBuiltIn) return 'use';
  if (imagePullPolicy === 'Never') return local === undefined ? 'never' : 'use';
  if (local === undefined) return 'pull';
  if (imagePullPolicy !== 'Always') return 'use';
  if (isPolicyStated) return 'pull';
  return local.registryDigest === undefined ? 'use' : 'refresh';
}
