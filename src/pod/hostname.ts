import type { Pod } from 'kubernetes-types/core/v1.js';

/** The kernel takes 64 bytes with the final NUL. */
const maxLength = 63;

/** The pod's hostname: spec.hostname or its name, cut to 63 characters, without a `-` or `.` at the cut. */
export function podHostname(pod: Pod): string {
  const wanted = pod.spec?.hostname || pod.metadata?.name || '';
  return wanted.length <= maxLength ? wanted : wanted.slice(0, maxLength).replace(/[-.]+$/, '');
}
