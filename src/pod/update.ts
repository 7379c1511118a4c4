import type { Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../errors.js';
import { diffPods } from './manifest/diff.js';

/** What may be changed of a pod that lives; of its annotations all but the one that chooses its network. */
const mutablePaths = [
  /^metadata\.labels\b/,
  /^metadata\.annotations(?!\["peapod\.dev\/network"\])/,
  /^spec\.(initContainers|containers)\[\d+\]\.(image|imagePullPolicy)$/,
  /^spec\.activeDeadlineSeconds$/,
  /^spec\.terminationGracePeriodSeconds$/,
];

/**
 * The pod that `living` becomes by applying `wanted`, both with defaults; undefined when nothing changes. Throws
 * PEAPOD_CONFLICT with the paths that cannot be changed while it lives.
 */
export function updatePod(living: Pod, wanted: Pod): Pod | undefined {
  const paths = diffPods(living, wanted);
  const fixed = paths.filter((path) => !mutablePaths.some((mutable) => mutable.test(path)));
  if (fixed.length > 0) throw cannotChange(living, fixed);
  if (paths.length === 0) return undefined;
  const { labels, annotations } = wanted.metadata ?? {};
  const { labels: _labels, annotations: _annotations, ...metadata } = living.metadata ?? {};
  return {
    ...living,
    metadata: { ...metadata, ...(labels && { labels }), ...(annotations && { annotations }) },
    ...(wanted.spec && { spec: wanted.spec }),
  };
}

function cannotChange(living: Pod, paths: readonly string[]): PeapodError {
  const name = living.metadata?.name;
  return new PeapodError(
    'PEAPOD_CONFLICT',
    `Cannot change ${paths.join(', ')} of pod "${name}" while it lives`,
    {
      hint: 'Delete the pod and apply the manifest again',
      details: { name, paths },
    },
  );
}
