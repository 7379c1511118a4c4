import type { Pod } from 'kubernetes-types/core/v1.js';
import { configError } from './config-error.js';

const subscriptPattern = /^metadata\.(labels|annotations)\['([^']+)'\]$/;

/**
 * The value of a downward API field: metadata.{name,namespace,uid,labels['k'],annotations['k']}, spec.nodeName,
 * spec.serviceAccountName, status.{podIP,podIPs,hostIP,hostIPs}. What is not there is empty.
 *
 * @throws PEAPOD_CONTAINER_CONFIG for any other path.
 */
export function fieldValue(pod: Pod, fieldPath: string): string {
  const { metadata = {}, spec, status = {} } = pod;
  const match = subscriptPattern.exec(fieldPath);
  if (match !== null) return metadata[match[1] as 'labels' | 'annotations']?.[match[2] as string] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name ?? '';
    case 'metadata.namespace':
      return metadata.namespace ?? 'default';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'spec.nodeName':
      return spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? 'default';
    case 'status.podIP':
      return status.podIP ?? '';
    case 'status.podIPs':
      return listAddresses(status.podIPs);
    case 'status.hostIP':
      return status.hostIP ?? '';
    case 'status.hostIPs':
      return listAddresses(status.hostIPs);
    default:
      throw configError(`Cannot read the field "${fieldPath}" of the pod: it is not supported`);
  }
}

function listAddresses(addresses: readonly { readonly ip?: string }[] = []): string {
  return addresses.flatMap(({ ip }) => ip ?? []).join(',');
}
