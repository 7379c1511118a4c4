import type { ContainerPort, Pod } from 'kubernetes-types/core/v1.js';
import type { Protocol } from '../../../network/attachment.js';
import { normalizeHostIp } from '../../host-ip.js';
import { HostPortTable } from '../../host-port-table.js';
import { formatHostPort } from '../../published-ports.js';
import { containersOf, type Draft } from '../draft.js';
import type { Path } from '../node.js';
import type { Report } from '../report.js';
import { formatPath } from '../text.js';
import { checkUnique } from './names.js';

interface PlacedPort {
  readonly port: Draft<ContainerPort>;
  readonly path: Path;
}

/** Port names are unique in a container, ports of the host in the pod. */
export function checkPorts(pod: Draft<Pod>, report: Report): void {
  const isHostNetwork = pod.spec?.hostNetwork === true;
  const placed: PlacedPort[] = [];
  for (const { container, path, isInit } of containersOf(pod)) {
    const ports = (container.ports ?? []).map((port, index) => ({ port, path: [...path, 'ports', index] }));
    const names = ports.map(({ port, path }) => ({ name: port.name, path: [...path, 'name'] }));
    checkUnique(names, report);
    if (isHostNetwork) for (const port of ports) checkSameNumber(port, report);
    // Init containers run one after another, so they may use the same port; a sidecar stays.
    if (!isInit || container.restartPolicy === 'Always') placed.push(...ports);
  }
  checkHostPorts(placed, isHostNetwork, report);
}

/** A process with the host's network has the port it binds, and no other leads to it. */
function checkSameNumber({ port: { hostPort, containerPort }, path }: PlacedPort, report: Report): void {
  if (hostPort === undefined || containerPort === undefined || hostPort === containerPort) return;
  report.error([...path, 'hostPort'], `with hostNetwork it must equal containerPort, ${containerPort}`);
}

/** One without hostIP is on every address of the host, so it overlaps any other of its number and protocol. */
function checkHostPorts(ports: readonly PlacedPort[], isHostNetwork: boolean, report: Report): void {
  const taken = new HostPortTable<Path>();
  for (const { port, path } of ports) {
    const hostPort = port.hostPort ?? (isHostNetwork ? port.containerPort : undefined);
    if (hostPort === undefined) continue;
    const place = [...path, port.hostPort === undefined ? 'containerPort' : 'hostPort'];
    const hostIP = normalizeHostIp(port.hostIP);
    const wanted = { protocol: (port.protocol ?? 'TCP') as Protocol, hostPort, hostIP };
    const first = taken.find(wanted);
    if (first === undefined) taken.add(wanted, place);
    else report.error(place, `"${formatHostPort(wanted)}" is taken by ${formatPath(first)}`);
  }
}
