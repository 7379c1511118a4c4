import type { Pod } from 'kubernetes-types/core/v1.js';
import type { Draft } from '../draft.js';
import type { Report } from '../report.js';

/** Rules between the fields of the pod itself. */
export function checkPod({ metadata, spec }: Draft<Pod>, report: Report): void {
  if (spec?.hostPID === true && spec.shareProcessNamespace === true) {
    const hint = "with hostPID all containers are in the host's PID namespace already";
    report.error(['spec', 'shareProcessNamespace'], 'must not be true together with hostPID', { hint });
  }
  const { serviceAccount: alias, serviceAccountName: name } = spec ?? {};
  if (alias !== undefined && name !== undefined && alias !== name) {
    report.error(['spec', 'serviceAccount'], 'must equal serviceAccountName');
  }
  checkAnnotationSize(metadata?.annotations, report);
}

const maxAnnotationBytes = 256 * 1024;

function checkAnnotationSize(annotations: Draft<Record<string, string>> | undefined, report: Report): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value ?? '');
  }
  if (bytes <= maxAnnotationBytes) return;
  report.error(
    ['metadata', 'annotations'],
    `must be at most ${maxAnnotationBytes} bytes together, not ${bytes}`,
  );
}
