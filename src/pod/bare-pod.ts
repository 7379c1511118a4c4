import type { Pod, PodDNSConfig, PodSpec } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import type { PortRequest } from './engine-api.js';
import { suggest } from './manifest/suggest.js';
import { networkAnnotation } from './own-network.js';

/** A namespace that a pod's containers have in common. */
export type SharedNamespace = 'net' | 'ipc' | 'uts' | 'pid';

/** Always shared: what makes the containers a pod. */
const alwaysShared: readonly SharedNamespace[] = ['net', 'ipc', 'uts'];

/** A pod without containers: a sandbox to put containers in. */
export interface CreatePodOptions {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Absent is the name. */
  readonly hostname?: string;
  /** `net`, `ipc` and `uts` when absent; they cannot be left out, `pid` may be added. */
  readonly share?: readonly SharedNamespace[];
  readonly ports?: readonly PortRequest[];
  /** `private` when absent, `host`, `none`, `pod:NAME`, `container:POD[/CONTAINER]` or `ns:/PATH`. */
  readonly network?: string;
  readonly dns?: PodDNSConfig;
}

/** The object of such a pod, whose texts are still to be checked. Throws PEAPOD_USAGE and PEAPOD_UNSUPPORTED. */
export function buildBarePod(options: CreatePodOptions): Pod {
  const { name, namespace, labels, hostname, share = alwaysShared, network = 'private', dns } = options;
  checkShared(share);
  const { annotations, ...net } = networkFields(network);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels: { ...labels } }),
      ...(annotations && { annotations }),
    },
    spec: {
      containers: [],
      ...net,
      ...(hostname !== undefined && { hostname }),
      ...(share.includes('pid') && { shareProcessNamespace: true }),
      ...(dns && { dnsConfig: dns }),
    },
  };
}

function checkShared(share: readonly SharedNamespace[]): void {
  const known = [...alwaysShared, 'pid'];
  const unknown = share.find((word) => !known.includes(word));
  if (unknown !== undefined) {
    const near = suggest(unknown, known);
    throw new PeapodError('PEAPOD_USAGE', `Cannot share "${unknown}": no such namespace`, {
      hint: near === undefined ? `Namespaces: ${known.join(', ')}` : `Did you mean "${near}"?`,
    });
  }
  const missing = alwaysShared.filter((word) => !share.includes(word));
  if (missing.length === 0) return;
  throw new PeapodError('PEAPOD_UNSUPPORTED', `Cannot leave ${missing.join(', ')} out of what a pod shares`, {
    hint: `Containers of a pod always share ${alwaysShared.join(', ')}; only pid may be left out`,
  });
}

export interface NetworkFields extends Pick<PodSpec, 'hostNetwork'> {
  readonly annotations?: Record<string, string>;
}

/**
 * What a pod's network is in its manifest. Whether the text after the colon names anything is found by the rule for the
 * annotation. Throws PEAPOD_USAGE.
 */
export function networkFields(network: string): NetworkFields {
  if (network === 'private') return {};
  if (network === 'host') return { hostNetwork: true };
  if (network === 'none' || /^(pod|container|ns):/.test(network)) {
    return { annotations: { [networkAnnotation]: network } };
  }
  const near = suggest(network, ['private', 'host', 'none']);
  const forms = 'Write private, host, none, pod:NAME, container:POD[/CONTAINER] or ns:/PATH';
  throw new PeapodError('PEAPOD_USAGE', `The network "${network}" is not known`, {
    hint: near === undefined ? forms : `Did you mean "${near}"?`,
  });
}
