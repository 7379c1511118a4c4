import type { Pod } from 'kubernetes-types/core/v1.js';
import type { Path } from './node.js';
import { formatPath } from './text.js';

/**
 * The paths at which two pods, both with defaults, ask for different things: of metadata the name, namespace, labels
 * and annotations, and all of spec. A part that only one of them has is named once, not with all that is in it.
 *
 * @returns an empty list when nothing changed.
 */
export function diffPods(before: Pod, after: Pod): string[] {
  return [...diffValues(wishOf(before), wishOf(after), [])].map(formatPath);
}

/** What a user states; the rest of metadata and status is peapod's. */
function wishOf({ metadata = {}, spec }: Pod): unknown {
  const { name, namespace, labels = {}, annotations = {} } = metadata;
  return { metadata: { name, namespace, labels, annotations }, spec };
}

function* diffValues(before: unknown, after: unknown, path: Path): Generator<Path> {
  if (Object.is(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) yield* diffLists(before, after, path);
  else if (isObject(before) && isObject(after)) yield* diffObjects(before, after, path);
  else yield path;
}

function* diffLists(before: readonly unknown[], after: readonly unknown[], path: Path): Generator<Path> {
  for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
    yield* diffValues(before[index], after[index], [...path, index]);
  }
}

function* diffObjects(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  path: Path,
): Generator<Path> {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    yield* diffValues(before[key], after[key], [...path, key]);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
