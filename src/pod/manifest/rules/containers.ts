import type { Container, Pod } from 'kubernetes-types/core/v1.js';
import { containersOf, type Draft } from '../draft.js';
import type { Path } from '../node.js';
import type { Report } from '../report.js';

/** Rules inside one container. */
export function checkContainers(pod: Draft<Pod>, report: Report): void {
  for (const { container, path, isInit } of containersOf(pod)) {
    checkEnv(container, path, report);
    checkPrivileges(container, path, report);
    if (isInit && container.restartPolicy !== 'Always') checkPlainInit(container, path, report);
  }
}

function checkEnv({ env = [] }: Draft<Container>, path: Path, report: Report): void {
  for (const [index, { value, valueFrom }] of env.entries()) {
    if (value === undefined || value === '' || valueFrom === undefined) continue;
    report.error([...path, 'env', index, 'valueFrom'], 'only one of value or valueFrom may be set', {
      on: 'key',
    });
  }
}

/** no_new_privs would be a promise these two break. */
function checkPrivileges({ securityContext = {} }: Draft<Container>, path: Path, report: Report): void {
  if (securityContext.allowPrivilegeEscalation !== false) return;
  const place = [...path, 'securityContext', 'allowPrivilegeEscalation'];
  if (securityContext.privileged === true) report.error(place, 'must not be false when privileged is true');
  const added = (securityContext.capabilities?.add ?? []).map((name) => name.replace(/^CAP_/, ''));
  if (added.includes('SYS_ADMIN')) {
    report.error(place, 'must not be false when the capability SYS_ADMIN is added');
  }
}

const sidecarFields = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;

function checkPlainInit(container: Draft<Container>, path: Path, report: Report): void {
  for (const field of sidecarFields) {
    if (container[field] === undefined) continue;
    const hint = 'set restartPolicy: Always to make it a sidecar';
    report.error([...path, field], 'is only for sidecars among the init containers', { hint, on: 'key' });
  }
}
