import type { Pod } from 'kubernetes-types/core/v1.js';
import { containersOf, type Draft } from '../draft.js';
import { limits } from '../limits.js';
import type { Path } from '../node.js';
import type { Report } from '../report.js';
import { formatPath, quote } from '../text.js';

/** Container names are unique over all kinds of containers, volume names over the volumes. */
export function checkNames(pod: Draft<Pod>, report: Report): void {
  const { volumes = [], ephemeralContainers = [] } = pod.spec ?? {};
  const ephemeral = ephemeralContainers.map(({ name }, index): Named => {
    return { name, path: ['spec', 'ephemeralContainers', index, 'name'] };
  });
  const containers = containersOf(pod).map(({ container, path }): Named => {
    return { name: container.name, path: [...path, 'name'] };
  });
  checkUnique([...containers, ...ephemeral], report);
  checkUnique(
    volumes.map(({ name }, index) => ({ name, path: ['spec', 'volumes', index, 'name'] })),
    report,
  );
}

export function checkContainerCount(pod: Draft<Pod>, report: Report): void {
  const count = containersOf(pod).length;
  if (count <= limits.containers) return;
  report.error(['spec'], `a pod has at most ${limits.containers} containers, not ${count}`);
}

export interface Named {
  readonly name: string | undefined;
  readonly path: Path;
}

/** Reports each name that an earlier path has as well. */
export function checkUnique(items: readonly Named[], report: Report): void {
  const seen = new Map<string, Path>();
  for (const { name, path } of items) {
    if (name === undefined || name === '') continue;
    const first = seen.get(name);
    if (first === undefined) seen.set(name, path);
    else report.error(path, `${quote(name)} is taken by ${formatPath(first)}`);
  }
}
