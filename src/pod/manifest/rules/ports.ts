import type { ContainerPort, Pod } from 'kubernetes-types/core/v1.js';
import { containersOf, type Draft } from '../draft.js';
import type { Path } from '../node.js';
import type { Report } from '../report.js';
import { checkUnique, type Named } from './names.js';

/** Port names are unique in a container, ports of the host in the pod. */
export function checkPorts(pod: Draft<Pod>, report: Report): void {
  const isHostNetwork = pod.spec?.hostNetwork === true;
  const hostPorts: Named[] = [];
  for (const { container, path, isInit } of containersOf(pod)) {
    const ports = (container.ports ?? []).map((port, index) => ({ port, path: [...path, 'ports', index] }));
    checkUnique(
      ports.map((placed) => ({ name: placed.port.name, path: [...placed.path, 'name'] })),
      report,
    );
    for (const placed of ports) checkHostPort(placed, isHostNetwork, report);
    // Init containers run one after another, so they may use the same port; a sidecar stays.
    if (!isInit || container.restartPolicy === 'Always') {
      hostPorts.push(...ports.map(({ port, path }) => nameHostPort(port, { path, isHostNetwork })));
    }
  }
  checkUnique(hostPorts, report);
}

function checkHostPort({ port, path }: PlacedPort, isHostNetwork: boolean, report: Report): void {
  const { hostPort, containerPort } = port;
  if (hostPort === undefined) return;
  const place = [...path, 'hostPort'];
  if (!isHostNetwork) report.later(place, 'is not supported yet without hostNetwork', { on: 'key' });
  else if (containerPort !== undefined && hostPort !== containerPort) {
    report.error(place, `with hostNetwork it must equal containerPort, ${containerPort}`);
  }
}

interface PlacedPort {
  readonly port: Draft<ContainerPort>;
  readonly path: Path;
}

/** With hostNetwork every port is one of the host. */
function nameHostPort(
  port: Draft<ContainerPort>,
  { path, isHostNetwork }: { path: Path; isHostNetwork: boolean },
): Named {
  const hostPort = port.hostPort ?? (isHostNetwork ? port.containerPort : undefined);
  const name =
    hostPort === undefined
      ? undefined
      : `${port.hostIP ? `${port.hostIP}:` : ''}${hostPort}/${port.protocol ?? 'TCP'}`;
  return { name, path: [...path, port.hostPort === undefined ? 'containerPort' : 'hostPort'] };
}
