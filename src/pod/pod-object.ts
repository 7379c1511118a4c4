import type { Pod } from 'kubernetes-types/core/v1.js';
import type { PodName } from '../kernel/paths.js';
import type { PodRecord } from './record.js';
import { timestamp } from './timestamp.js';

/** The v1 Pod as users see it: the manifest, what we know of it, and its status. */
export function buildPodObject(record: PodRecord): Pod {
  const { pod, deletion, resourceVersion } = record;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    ...pod,
    metadata: {
      ...pod.metadata,
      resourceVersion: String(resourceVersion),
      ...(deletion && {
        deletionTimestamp: deletionTime(deletion),
        deletionGracePeriodSeconds: deletion.gracePeriodSeconds,
      }),
    },
  };
}

/** As in Kubernetes this is when the grace ends, not when the deletion was asked for. */
function deletionTime({ requestedAt, gracePeriodSeconds }: NonNullable<PodRecord['deletion']>): string {
  return timestamp(requestedAt + gracePeriodSeconds * 1000);
}

export function podNameOf(pod: Pod): PodName {
  const { namespace = 'default', name = '', uid = '' } = pod.metadata ?? {};
  return { namespace, name, uid };
}
