import { posix } from 'node:path';
import type { Container, Pod, VolumeMount } from 'kubernetes-types/core/v1.js';
import { containersOf, type Draft } from '../draft.js';
import type { Path } from '../node.js';
import type { Report } from '../report.js';
import { didYouMean } from '../suggest.js';
import { quote } from '../text.js';
import { checkUnique } from './names.js';

/** Mounts name volumes that exist, each at a place of its own. */
export function checkVolumeMounts(pod: Draft<Pod>, report: Report): void {
  const volumes = new Set((pod.spec?.volumes ?? []).flatMap(({ name }) => name ?? []));
  for (const { container, path } of containersOf(pod)) {
    for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
      checkMount(mount, { path: [...path, 'volumeMounts', index], volumes, report });
    }
    checkMountPaths(container, path, report);
  }
}

interface MountPlace {
  readonly path: Path;
  readonly volumes: ReadonlySet<string>;
  readonly report: Report;
}

function checkMount(mount: Draft<VolumeMount>, { path, volumes, report }: MountPlace): void {
  if (mount.name !== undefined && !volumes.has(mount.name)) {
    const none = 'spec.volumes is empty';
    const hint = volumes.size === 0 ? none : didYouMean(mount.name, volumes);
    report.error([...path, 'name'], `no volume is named ${quote(mount.name)}`, { hint });
  }
  if (mount.subPath && mount.subPathExpr) {
    report.error([...path, 'subPathExpr'], 'only one of subPath or subPathExpr may be set', { on: 'key' });
  }
}

/** `/data` and `/data/` are one place, though the API server does not see it. */
function checkMountPaths(container: Draft<Container>, path: Path, report: Report): void {
  const mounts = (container.volumeMounts ?? []).map(({ mountPath }, index) => {
    const name = mountPath === undefined ? undefined : posix.normalize(`${mountPath}/`).slice(0, -1);
    return { name, path: [...path, 'volumeMounts', index, 'mountPath'] };
  });
  checkUnique(mounts, report);
}
