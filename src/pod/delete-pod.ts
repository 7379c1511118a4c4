import { saveSomewhere } from './end-run.js';
import type { DeleteOptions } from './engine-api.js';
import { gracePeriodOf } from './pod-containers.js';
import type { PodState } from './pod-state.js';

/**
 * Records that a pod is to end. A second request counts only if it gives less time. On a full disk it has to be
 * enough that this engine knows: deleting is what makes room. Resolves to whether anything changed.
 */
export async function recordDeletion(state: PodState, options: DeleteOptions): Promise<boolean> {
  const asked = options.force ? 0 : options.gracePeriodSeconds;
  const gracePeriodSeconds = Math.max(0, asked ?? gracePeriodOf(state.pod));
  const { deletion } = state.record;
  if (state.isRemoved || (deletion !== undefined && deletion.gracePeriodSeconds <= gracePeriodSeconds))
    return false;
  const requestedAt = deletion?.requestedAt ?? state.now();
  state.record = { ...state.record, deletion: { requestedAt, gracePeriodSeconds } };
  await saveSomewhere(state);
  return true;
}
