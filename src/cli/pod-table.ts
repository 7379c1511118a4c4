import type { Pod } from 'kubernetes-types/core/v1.js';
import { podColumns } from '../pod/column.js';

const columns = ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'];

export function podHeader(isWide: boolean): string[] {
  return isWide ? [...columns, 'IP', 'NODE'] : columns;
}

/** The cells of one pod, in the order of the header. */
export function podRow(pod: Pod, isWide: boolean): string[] {
  const { ready, status, restarts, age } = podColumns(pod, Date.now());
  const cells = [pod.metadata?.name ?? '', ready, status, restarts, age];
  return isWide ? [...cells, pod.status?.podIP ?? '<none>', pod.spec?.nodeName ?? '<none>'] : cells;
}
