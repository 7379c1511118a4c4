import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import type { ContainerUser } from '../container/spec.js';
import type { ImageUser } from '../image/lookup-user.js';
import { configError } from './config-error.js';
import { describePod } from './pod-containers.js';

/** A user in place of the image's, in the grammar of its USER: names, too, which a manifest's runAsUser cannot hold. */
export const userAnnotation = 'peapod.dev/user';

/**
 * The user to look up in the image, in the grammar of an image's USER (`user`, `uid`, `user:group`, …): the
 * container's runAsUser and runAsGroup before the pod's, and both before the image's. Nothing said is root.
 */
export function wantedUser(pod: Pod, container: Container, imageUser: string): string {
  const own = container.securityContext ?? {};
  const shared = pod.spec?.securityContext ?? {};
  const uid = own.runAsUser ?? shared.runAsUser;
  const gid = own.runAsGroup ?? shared.runAsGroup;
  const named = pod.metadata?.annotations?.[userAnnotation] ?? imageUser;
  const user = uid === undefined ? named || '0' : `${uid}`;
  return gid === undefined ? user : `${user.split(':')[0]}:${gid}`;
}

/**
 * Refuses root where runAsNonRoot is asked for; a user the image only names counts as root, because its passwd
 * may say so.
 *
 * @throws PEAPOD_CONTAINER_CONFIG
 */
export function checkNonRoot(
  { pod, container, imageUser }: { pod: Pod; container: Container; imageUser: string },
  { uid }: ContainerUser,
): void {
  const own = container.securityContext ?? {};
  const shared = pod.spec?.securityContext ?? {};
  if ((own.runAsNonRoot ?? shared.runAsNonRoot) !== true) return;
  const where = `(pod: "${describePod(pod)}", container: ${container.name})`;
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  if (runAsUser === 0) throw configError(`container's runAsUser breaks non-root policy ${where}`);
  if (runAsUser !== undefined) return;
  const name = imageUser.split(':')[0] as string;
  if (name !== '' && !/^\d+$/.test(name)) {
    const problem = `container has runAsNonRoot and image has non-numeric user (${name})`;
    throw configError(`${problem}, cannot verify user is non-root ${where}`, 'Set runAsUser');
  }
  if (uid === 0)
    throw configError(`container has runAsNonRoot and image will run as root ${where}`, 'Set runAsUser');
}

/** The process's ids: supplementalGroups and fsGroup are added to the groups the image's files give the user. */
export function containerUser(pod: Pod, { uid, gid, additionalGids }: ImageUser): ContainerUser {
  const { supplementalGroups = [], fsGroup } = pod.spec?.securityContext ?? {};
  const groups = [...additionalGids, ...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])];
  return { uid, gid, additionalGids: [...new Set(groups)] };
}
