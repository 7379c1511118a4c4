import type { Pod } from 'kubernetes-types/core/v1.js';
import { networkAnnotation } from './own-network.js';

/** Another network than one of the pod's own that leads anywhere, or the host's. */
export type NetworkChoice =
  | { readonly kind: 'none' }
  /** That of another pod; with `container`, only while that container (or, for true, its first) runs. */
  | { readonly kind: 'pod'; readonly pod: string; readonly container?: string | true }
  | { readonly kind: 'namespace'; readonly path: string };

/** Names are held against the pods there are, so it is enough that none holds a separator. */
const patterns = {
  pod: /^pod:([^/:\s]+)$/,
  container: /^container:([^/:\s]+)(?:\/([^/:\s]+))?$/,
  namespace: /^ns:(\/.*)$/,
} as const;

/** The choice a text stands for: `none`, `pod:NAME`, `container:POD[/CONTAINER]` or `ns:/PATH`; undefined for any other. */
export function parseNetworkChoice(text: string): NetworkChoice | undefined {
  if (text === 'none') return { kind: 'none' };
  const [, pod] = patterns.pod.exec(text) ?? [];
  if (pod !== undefined) return { kind: 'pod', pod };
  const [, owner, container = true] = patterns.container.exec(text) ?? [];
  if (owner !== undefined) return { kind: 'pod', pod: owner, container };
  const [, path] = patterns.namespace.exec(text) ?? [];
  return path === undefined ? undefined : { kind: 'namespace', path };
}

/** What a pod that was accepted asks for; undefined when it leaves it to us. */
export function networkChoiceOf(pod: Pod): NetworkChoice | undefined {
  const text = pod.metadata?.annotations?.[networkAnnotation];
  return text === undefined ? undefined : parseNetworkChoice(text);
}

/** The pod whose network it joins, if it does. */
export function joinedPodOf(pod: Pod): string | undefined {
  const choice = networkChoiceOf(pod);
  return choice?.kind === 'pod' ? choice.pod : undefined;
}
