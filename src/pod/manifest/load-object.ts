import { completePod, type LoadedPod, type LoadOptions, loadPod } from './load-pod.js';
import { type Problem, ProblemList } from './problem.js';
import { readObject } from './read-object.js';
import { Report } from './report.js';

export interface LoadedPodObject extends LoadedPod {
  readonly warnings: readonly Problem[];
}

/**
 * Checks a Pod given as a JavaScript object and sets its defaults; the object itself stays as it is. Problems have
 * paths but no positions. Does not load `yaml`.
 *
 * @throws PEAPOD_MANIFEST_INVALID with every problem in `details.problems`.
 */
export function loadPodObject(object: unknown, options: LoadOptions = {}): LoadedPodObject {
  const list = new ProblemList(options.source ?? 'object', options.validate ?? 'strict');
  const node = readObject(object, list);
  const loaded = node === undefined ? undefined : loadPod(node, new Report(list, node), options);
  list.throwIfAny();
  return { ...completePod(loaded as LoadedPod), warnings: list.warnings };
}
