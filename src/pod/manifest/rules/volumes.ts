import type { Pod } from 'kubernetes-types/core/v1.js';
import type { Draft } from '../draft.js';
import type { Report } from '../report.js';

const hint = 'set medium: Memory, or run the pod without the limit with --validate=warn';

/** A tmpfs has a size; a directory on disk would grow past its limit. */
export function checkVolumes(pod: Draft<Pod>, report: Report): void {
  for (const [index, { emptyDir }] of (pod.spec?.volumes ?? []).entries()) {
    if (emptyDir?.sizeLimit === undefined || emptyDir.medium === 'Memory') continue;
    const path = ['spec', 'volumes', index, 'emptyDir', 'sizeLimit'];
    report.later(path, 'is not enforced for a volume on disk yet', { hint, on: 'key' });
  }
}
